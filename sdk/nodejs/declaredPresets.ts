/** The presets a program has declared, so that the machines it declares can show their effective domain in a preview. */
import { type ConnectionArgument, placeOf } from "./connection";
import { perStack } from "./perStack";

/** The arguments of one preset, as the engine gets them. */
export interface DeclaredPreset {
  readonly metadata: unknown;
  readonly spec: unknown;
  /** The arguments that name its cluster, where it is not the stack's. */
  readonly connection?: ConnectionArgument;
}

/** A preset as it goes along with a machine. */
interface RidingPreset {
  readonly metadata: unknown;
  readonly spec: unknown;
  /** By which the lifecycle finds out whether it is the machine's; absent where both have the same connection. */
  readonly cluster?: unknown;
  readonly namespace?: unknown;
}

interface Declared {
  readonly presets: DeclaredPreset[];
  /** Of the machines that are declared before the program next waits, which get the same answer. */
  next: Promise<DeclaredPreset[]> | undefined;
}

const ofThisStack = perStack<Declared>(() => ({ presets: [], next: undefined }));

export function declarePreset(preset: DeclaredPreset): void {
  ofThisStack().presets.push(preset);
}

/**
 * The presets for a machine with this connection: every one that the program declares before it next waits for something,
 * also those that come after the machine in its text.
 */
export async function declaredPresets(connection: ConnectionArgument): Promise<readonly RidingPreset[]> {
  return (await allDeclared()).map(({ metadata, spec, connection: own }) =>
    own === connection ? { metadata, spec } : { metadata, spec, ...placeOf(own) },
  );
}

function allDeclared(): Promise<DeclaredPreset[]> {
  const ours = ofThisStack();
  ours.next ??= new Promise((resolve) => {
    setImmediate(() => {
      ours.next = undefined;
      resolve([...ours.presets]);
    });
  });
  return ours.next;
}
