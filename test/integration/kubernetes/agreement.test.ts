/**
 * A cluster and the local engine must not differ: what validation accepts, the API server with the definitions accepts,
 * whatever it is, and what it refuses, the API server refuses too, but for what a definition cannot say.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { examples } from "../../../provider/api/v1alpha1/examples";
import { type KindDefinition, kindByPlural, kinds } from "../../../provider/api/v1alpha1/kinds";
import { renderFieldError } from "../../../provider/core/field-error";
import { child, isObject, type JsonObject } from "../../../provider/core/json-tree";
import { validateObject } from "../../../provider/core/validation";
import type { Connection } from "../../../provider/kube/connection";
import { ApiError } from "../../../provider/kube/errors";
import { loadConnection } from "../../../provider/kube/kubeconfig";
import { exchange } from "../../../provider/kube/transport";
import { arbitraryObject, withFaults } from "../../builders/arbitrary-object";
import { buildVirtualMachine } from "../../builders/virtual-machine";
import { recordedLines } from "../../golden/recorded-line";
import { kubectlFor } from "../apiserver/support/kubectl";
import { type ControlPlane, startControlPlane } from "./support/control-plane";
import { installDefinitions } from "./support/definitions";

let controlPlane: ControlPlane;
let connection: Connection;

beforeAll(async () => {
  controlPlane = await startControlPlane();
  await installDefinitions(kubectlFor(controlPlane.kubeconfig, controlPlane.directory));
  connection = await loadConnection({ kubeconfig: controlPlane.kubeconfig, env: {} });
});

afterAll(() => controlPlane?.stop());

/** Each run is a request or two; AGREEMENT_RUNS asks for more than a test has time for. */
const numRuns = Number(process.env.AGREEMENT_RUNS ?? 150);

/** What only validation refuses, since a definition has no words for it: parts of the message, and why. */
const beyondDefinitions: ReadonlyMap<RegExp, string> = new Map([
  [
    /must be a name of letters|must have a DNS name before its '\/'/,
    "the cost of a rule about a map's keys has no bound",
  ],
  [/is no allowed key/, "the same, for keys that name an object's machinery"],
  [/null is no value/, "an API server leaves out what is null before it looks"],
]);

describe("the examples of the reference", () => {
  it.each(kinds.map((kind) => [kind.kind, kind] as const))("%s is accepted", async (name, kind) => {
    const example: unknown = examples[name];
    expect(isObject(example) && (await refusalOf(kind, withEnvelope(example, kind)))).toBeUndefined();
  });
});

describe("the recorded objects", () => {
  for (const { id, input } of recordedLines("validate")) {
    const kind = kindByPlural(String(child(input, "resource")));
    const object = child(input, "object");
    if (kind === undefined || !isObject(object)) continue;
    it(`${id} has one verdict`, async () => {
      await expectOneVerdict(kind, withEnvelope(object, kind));
    });
  }
});

describe.each(kinds.map((kind) => [kind.kind, kind] as const))("any %s", (_name, kind) => {
  it("that validation accepts is accepted", async () => {
    const valid = arbitraryObject(kind).map((object) => withFaults(object, 0));
    await fc.assert(
      fc.asyncProperty(valid, async (object) => {
        fc.pre(object !== undefined);
        if (object !== undefined) expect(await refusalOf(kind, object)).toBeUndefined();
      }),
      { numRuns },
    );
  });

  it("that has one fault is refused", async () => {
    const faulty = arbitraryObject(kind).map((object) => withFaults(object, 1));
    await fc.assert(
      fc.asyncProperty(faulty, async (object) => {
        fc.pre(object !== undefined);
        if (object !== undefined) await expectOneVerdict(kind, object);
      }),
      { numRuns },
    );
  });
});

describe("the largest machine", () => {
  const names = Array.from({ length: 256 }, (_, index) => `${"d".repeat(60)}${index}`.slice(-63));
  const machine = (disks: readonly object[]): JsonObject => ({
    ...buildVirtualMachine(),
    metadata: { name: "large", namespace: "default" },
    spec: {
      domain: { devices: { disks } },
      volumes: names.map((name) => ({ name, persistentVolumeClaim: { claimName: "tiny" } })),
    },
  });
  const disks = names.map((name) => ({ name, volumeName: name, lun: {} }));
  const [vm] = kinds;

  it("costs no more than an API server spends on an object", async () => {
    if (vm === undefined) throw new Error("there are no kinds");
    expect(validateObject(machine(disks)).errors).toEqual([]);
    expect(await refusalOf(vm, machine(disks))).toBeUndefined();
  });

  it("is refused for the last of its disks", async () => {
    if (vm === undefined) throw new Error("there are no kinds");
    const astray = disks.map((disk, index) => (index === 255 ? { ...disk, volumeName: "elsewhere" } : disk));
    expect(await refusalOf(vm, machine(astray))).toContain(`disk ${names[255]} has volumeName elsewhere`);
    const shared = disks.map((disk, index) => (index === 255 ? { ...disk, volumeName: names[254] ?? "" } : disk));
    expect(await refusalOf(vm, machine(shared))).toContain(`shares volume ${names[254]}`);
  });
});

/** Why the API server would not create the object; undefined when it would. */
async function refusalOf({ plural }: KindDefinition, object: JsonObject): Promise<string | undefined> {
  const path = `/apis/kubevirt.io/v1alpha1/namespaces/default/${plural}`;
  const query = { dryRun: "All", fieldValidation: "Strict" };
  try {
    await exchange(connection, { method: "POST", path, query, body: object, timeoutMs: 10_000 });
    return undefined;
  } catch (error) {
    if (error instanceof ApiError && (error.code === 422 || error.code === 400)) return error.message;
    throw error;
  }
}

async function expectOneVerdict(kind: KindDefinition, object: JsonObject): Promise<void> {
  const faults = validateObject(object).errors.map(renderFieldError);
  const sayable = faults.filter((fault) => ![...beyondDefinitions.keys()].some((pattern) => pattern.test(fault)));
  const refusal = await refusalOf(kind, object);
  if (refusal === undefined) expect(sayable).toEqual([]);
  else if (faults.length === 0) expect(refusal).toBeUndefined();
}

/** What a client must give; the namespace that there is. */
function withEnvelope(object: JsonObject, kind: KindDefinition): JsonObject {
  const metadata = child(object, "metadata");
  return {
    apiVersion: "kubevirt.io/v1alpha1",
    kind: kind.kind,
    ...object,
    metadata: isObject(metadata) ? { ...metadata, namespace: "default" } : { name: "unnamed", namespace: "default" },
  };
}
