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

const declared = new WeakMap<object, DeclaredPreset[]>();
const noStack = {};

function ofThisStack(): DeclaredPreset[] {
  const stack: object = pulumi.runtime.getStackResource() ?? noStack;
  const presets = declared.get(stack) ?? [];
  declared.set(stack, presets);
  return presets;
}

export function declarePreset(preset: DeclaredPreset): void {
  ofThisStack().push(preset);
}

/**
 * Every preset that the program declares before it next waits for something, also those that come after the machine in
 * its text.
 */
export function declaredPresets(): Promise<DeclaredPreset[]> {
  const presets = ofThisStack();
  return new Promise((resolve) => setImmediate(() => resolve([...presets])));
}
