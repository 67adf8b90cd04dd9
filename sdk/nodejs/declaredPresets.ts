/**
 * The presets a program has declared, so that the machines it declares can show their effective domain in a preview.
 * Kept per stack: one process may run several programs.
 */
import * as pulumi from "@pulumi/pulumi";

/** The arguments of one preset, as the engine gets them. */
export interface DeclaredPreset {
  readonly metadata: unknown;
  readonly spec: unknown;
}

interface Declared {
  readonly presets: DeclaredPreset[];
  /** Of the machines that are declared before the program next waits, which get the same answer. */
  next: Promise<DeclaredPreset[]> | undefined;
}

const declared = new WeakMap<object, Declared>();
const noStack = {};

function ofThisStack(): Declared {
  const stack: object = pulumi.runtime.getStackResource() ?? noStack;
  const ours = declared.get(stack) ?? { presets: [], next: undefined };
  declared.set(stack, ours);
  return ours;
}

export function declarePreset(preset: DeclaredPreset): void {
  ofThisStack().presets.push(preset);
}

/**
 * Every preset that the program declares before it next waits for something, also those that come after the machine in
 * its text.
 */
export function declaredPresets(): Promise<DeclaredPreset[]> {
  const ours = ofThisStack();
  ours.next ??= new Promise((resolve) => {
    setImmediate(() => {
      ours.next = undefined;
      resolve([...ours.presets]);
    });
  });
  return ours.next;
}
