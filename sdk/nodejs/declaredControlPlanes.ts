/** The control planes a program has declared, so that its machines wait for them, and go before them. */
import type * as pulumi from "@pulumi/pulumi";
import { perStack } from "./perStack";

const ofThisStack = perStack<pulumi.Resource[]>(() => []);

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
