/** Values of Outputs, for what must be known before resources are declared. */
import type * as pulumi from "@pulumi/pulumi";

/** What every Output has; its declarations do not tell of it. */
interface Settling<T> {
  readonly isKnown: Promise<boolean>;
  promise(): Promise<T>;
}

/** The value of an Output, or undefined when a preview does not know it. Rejects with what the Output failed with. */
export async function valueIfKnown<T>(output: pulumi.OutputInstance<T>): Promise<T | undefined> {
  const settling = output as unknown as Settling<T>;
  return (await settling.isKnown) ? settling.promise() : undefined;
}
