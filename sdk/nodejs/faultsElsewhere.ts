/**
 * The faults of a program's other resources, for the one that the engine refuses: it stops at the first, and a person
 * would hear of one resource at a time. Looks at what the program has written down, without waiting for anything: an
 * Output may be whatever it likes here, and is judged with its own resource. So no secret is looked at, either.
 */
import * as pulumi from "@pulumi/pulumi";
import { declaredPresets } from "./declaredPresets";
import { isLazy, isShape } from "./inputs";

/** The same as in provider/lifecycle/inputs.ts, which this file must not load before it is needed. */
const unknownMarker = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

interface Declared {
  readonly kind: string;
  readonly name: string;
  readonly props: pulumi.Inputs;
  /** Looked for once. */
  faults?: readonly string[];
}

interface Program {
  readonly resources: Declared[];
  /** The faulty ones, for the resources that are declared before the program next waits, which get the same answer. */
  next: Promise<readonly Declared[]> | undefined;
}

const programs = new WeakMap<object, Program>();
const noStack = {};

/**
 * Takes a resource down and returns the faults of all others, one line each; undefined when there are none, and in a run
 * that is no preview. All of them: also those that come after it in the program's text.
 */
export function faultsElsewhere(
  kind: string,
  name: string,
  props: pulumi.Inputs,
): Promise<string[] | undefined> | undefined {
  if (!pulumi.runtime.isDryRun()) return undefined;
  const stack: object = pulumi.runtime.getStackResource() ?? noStack;
  const program = programs.get(stack) ?? { resources: [], next: undefined };
  programs.set(stack, program);
  const own: Declared = { kind, name, props };
  program.resources.push(own);
  program.next ??= faultyOf(program);
  return program.next.then((faulty) => {
    const others = faulty.filter((resource) => resource !== own);
    return others.length === 0 ? undefined : others.flatMap(({ faults = [] }) => faults);
  });
}

async function faultyOf(program: Program): Promise<readonly Declared[]> {
  const { check } = await import("../../provider/lifecycle/check.js");
  await new Promise((resolve) => setImmediate(resolve));
  program.next = undefined;
  for (const resource of program.resources) {
    if (resource.faults !== undefined) continue;
    const { kind, name, props } = resource;
    const connection = written(props.connection);
    const presets = written(await declaredPresets(props.connection));
    const inputs = {
      metadata: written(props.metadata),
      spec: written(props.spec),
      presets,
      ...(connection === undefined ? {} : { connection }),
    };
    const { failures } = check({ kind, defaultNamespace: "default" }, {}, inputs);
    resource.faults = failures.map(({ reason }) => `${kind} ${name}: ${reason}`);
  }
  return program.resources.filter(({ faults = [] }) => faults.length > 0);
}

/** What is there without waiting, as a preview has it. */
function written(value: unknown): unknown {
  if (isLazy(value)) return unknownMarker;
  if (Array.isArray(value)) return value.map(written);
  if (!isShape(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, written(inner)]));
}
