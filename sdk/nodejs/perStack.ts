/** Something that a program collects as it declares its resources, kept per stack: one process may run several programs. */
import * as pulumi from "@pulumi/pulumi";

/** Of resources that belong to no stack. */
const noStack = {};

/** Returns what this stack has, which is made at the first call. */
export function perStack<T>(make: () => T): () => T {
  const made = new WeakMap<object, T>();
  return () => {
    const stack: object = pulumi.runtime.getStackResource() ?? noStack;
    const ours = made.get(stack) ?? make();
    made.set(stack, ours);
    return ours;
  };
}
