/** What a program may ask without declaring anything: machines that are there, and what presets make of one. */
import { quoteValue } from "../core/field-error";
import { provenanceAnnotation } from "../core/presets/apply";
import { virtualMachines } from "../core/resources";
import { withoutUserData } from "../core/user-data";
import { check } from "./check";
import type { ClientFactory } from "./connection";
import { withClient } from "./explain-api-error";
import { type Fields, isFields, metadataOf, stringMap, unknownMarker } from "./inputs";
import { inputsOf } from "./live-inputs";
import { type LiveObject, outputsOf } from "./outputs";
import { find } from "./reconcile";

/** Arguments of a function that it cannot answer; one line each, with path, value and remedy. */
export class ArgumentsError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.name = "ArgumentsError";
    this.faults = faults;
  }
}

type ProgramFunction = (args: Fields, connect: ClientFactory) => Promise<Fields>;

/** Name → function. They throw ArgumentsError, and what talking to the API throws. */
export const functions: Readonly<Record<string, ProgramFunction>> = {
  getVirtualMachine,
  listVirtualMachines,
  mergePresets,
};

const { kind } = virtualMachines;

async function getVirtualMachine(args: Fields, connect: ClientFactory): Promise<Fields> {
  refuseWrong(args, { name: "text", namespace: "text" }, ["name"]);
  return withClient(connect, async (client) => {
    const namespace = textOf(args.namespace) ?? client.connection.namespace;
    const id = `${namespace}/${textOf(args.name)}`;
    const live = await find(client, virtualMachines, id);
    if (live !== undefined) return factsOf(live);
    throw new ArgumentsError([
      `name: ${quoteValue(args.name)}: there is no such machine in namespace ${namespace}; "kubectl get vms --namespace ${namespace}" shows those that are there`,
    ]);
  });
}

/** All machines of a namespace, in the order of their names. */
async function listVirtualMachines(args: Fields, connect: ClientFactory): Promise<Fields> {
  refuseWrong(args, { namespace: "text", labelSelector: "text" }, []);
  return withClient(connect, async (client) => {
    const namespace = textOf(args.namespace) ?? client.connection.namespace;
    const labelSelector = textOf(args.labelSelector);
    const { items } = await client.list<LiveObject>(virtualMachines, { namespace, labelSelector });
    const nameOf = ({ metadata }: LiveObject) => metadata.name ?? "";
    return { machines: [...items].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)).map(factsOf) };
  });
}

/** The machine that comes out of these presets. Reads nothing but its arguments and the connection's namespace. */
async function mergePresets(args: Fields, connect: ClientFactory): Promise<Fields> {
  refuseWrong(args, { metadata: "object", spec: "object", presets: "list" }, ["spec", "presets"]);
  const { connection } = await connect();
  const given = { name: unknownMarker, ...metadataOf(args) };
  const context = { kind, defaultNamespace: connection.namespace };
  const { inputs, failures } = check(context, {}, { metadata: given, spec: args.spec, presets: args.presets });
  if (failures.length > 0) throw new ArgumentsError(failures.map(({ reason }) => reason));
  const { name, ...metadata } = metadataOf(inputs);
  const provenance = stringMap(metadata.annotations)[provenanceAnnotation];
  return {
    metadata: name === unknownMarker ? metadata : { name, ...metadata },
    spec: inputs.spec,
    provenance: provenance === undefined ? {} : (JSON.parse(provenance) as Fields),
  };
}

/**
 * Without user data: one secret in the answer of a function makes all of it a secret, and nobody could use the address of
 * the machine any more.
 */
function factsOf(live: LiveObject): Fields {
  const { started: _ours, spec, ...facts } = outputsOf(kind, live, inputsOf(live), { started: true });
  return { ...facts, spec: isFields(spec) ? { ...spec, ...volumesOf(spec) } : spec };
}

const volumesOf = ({ volumes }: Fields): Fields =>
  Array.isArray(volumes) ? { volumes: volumes.map(withoutUserData) } : {};

const types = {
  text: { is: (value: unknown) => typeof value === "string", words: "text" },
  object: { is: isFields, words: "an object" },
  list: { is: Array.isArray, words: "a list" },
} as const;

function refuseWrong(
  args: Fields,
  known: Readonly<Record<string, keyof typeof types>>,
  required: readonly string[],
): void {
  const faults = required
    .filter((name) => args[name] === undefined || args[name] === null || args[name] === "")
    .map((name) => `${name}: must be given`);
  for (const [name, value] of Object.entries(args)) {
    const type = known[name];
    if (type === undefined) {
      faults.push(`${name}: is no argument of this function; it has ${Object.keys(known).join(", ")}`);
    } else if (value !== undefined && value !== null && !types[type].is(value)) {
      faults.push(`${name}: ${quoteValue(value)}: must be ${types[type].words}`);
    }
  }
  if (faults.length > 0) throw new ArgumentsError(faults);
}

const textOf = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
