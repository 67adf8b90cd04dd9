/**
 * The faults of a program's other resources, for the one that the engine refuses: it stops at the first, and a person
 * would hear of one resource at a time. Looks at what the program has written down, without waiting for anything: an
 * Output may be whatever it likes here, and is judged with its own resource. So no secret is looked at, either.
 */
import * as pulumi from "@pulumi/pulumi";
import { declaredPresets } from "./declaredPresets";
import { isLazy, isShape } from "./inputs";
import { perStack } from "./perStack";

/** The same as in provider/lifecycle/inputs.ts, which this file must not load before it is needed. */
const unknownMarker = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

interface Declared {
  readonly kind: string;
  readonly name: string;
  readonly metadata: unknown;
  readonly spec: unknown;
  /** Whether it has a connection to itself. */
  readonly isElsewhere: boolean;
  /** Looked for once, when first asked for. */
  faults?: Promise<readonly string[]>;
}

const ofThisStack = perStack<Declared[]>(() => []);

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
  const resources = ofThisStack();
  const isElsewhere = props.connection !== undefined;
  const own: Declared = { kind, name, metadata: props.metadata, spec: props.spec, isElsewhere };
  resources.push(own);
  return lookAtOthers(own, resources);
}

async function lookAtOthers(own: Declared, resources: readonly Declared[]): Promise<string[] | undefined> {
  // When all that are declared in this turn are.
  await declaredPresets(undefined);
  const faults = (await lookAtAll(resources)).filter(({ of }) => of !== own).flatMap(({ texts }) => texts);
  return faults.length > 0 ? faults : undefined;
}

interface Faulty {
  readonly of: Declared;
  readonly texts: readonly string[];
}

/** By the list of resources, with how many of them were looked at: once for all, or many resources would take their square. */
const looks = new WeakMap<
  readonly Declared[],
  { readonly count: number; readonly found: Promise<readonly Faulty[]> }
>();

function lookAtAll(resources: readonly Declared[]): Promise<readonly Faulty[]> {
  const last = looks.get(resources);
  if (last?.count === resources.length) return last.found;
  const all = resources.map(async (of) => {
    of.faults ??= faultsOf(of);
    return { of, texts: await of.faults };
  });
  const found = Promise.all(all).then((each) => each.filter(({ texts }) => texts.length > 0));
  looks.set(resources, { count: resources.length, found });
  return found;
}

async function faultsOf({ kind, name, metadata, spec, isElsewhere }: Declared): Promise<readonly string[]> {
  const { check } = await import("../../provider/lifecycle/check.js");
  // Which presets are of another cluster than the stack's is not told here.
  const presets = isElsewhere ? [] : written(await declaredPresets(undefined));
  const inputs = { metadata: written(metadata), spec: written(spec), presets };
  const { failures } = check({ kind, defaultNamespace: "default" }, {}, inputs);
  return failures.map(({ reason }) => `${kind} ${name}: ${reason}`);
}

/** What is there without waiting, as a preview has it. */
function written(value: unknown): unknown {
  if (isLazy(value)) return unknownMarker;
  if (Array.isArray(value)) return value.map(written);
  if (!isShape(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, written(inner)]));
}
