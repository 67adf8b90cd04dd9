/**
 * The control planes a program has declared, so that its machines wait for them, and go before them. Kept per stack: one
 * process may run several programs.
 */
import * as pulumi from "@pulumi/pulumi";

const declared = new WeakMap<object, pulumi.Resource[]>();
const noStack = {};

function ofThisStack(): pulumi.Resource[] {
  const stack: object = pulumi.runtime.getStackResource() ?? noStack;
  const controlPlanes = declared.get(stack) ?? [];
  declared.set(stack, controlPlanes);
  return controlPlanes;
}

export function declareControlPlane(controlPlane: pulumi.Resource): void {
  ofThisStack().push(controlPlane);
}

/**
 * Every control plane that the program declares before it next waits for something, also one that comes after the machine
 * in its text.
 */
export function declaredControlPlanes(): Promise<pulumi.Resource[]> {
  const controlPlanes = ofThisStack();
  return new Promise((resolve) => setImmediate(() => resolve([...controlPlanes])));
}
