/**
 * Whether the stack writes its objects to a folder (`kubevirt:renderTo`) instead of deploying them, and what the lifecycle
 * cannot see then: which values are secrets. The engine hands those to a provider of this kind in plain.
 */
import * as pulumi from "@pulumi/pulumi";
import { isShape } from "./inputs";

/** Keys and places in lists, from the object's root to a value that is a secret as a whole. */
export type SecretPath = readonly (string | number)[];

/** The stack's folder; undefined when it deploys. */
export function renderTo(): string | undefined {
  const folder = new pulumi.Config("kubevirt").get("renderTo") ?? "";
  return folder === "" ? undefined : folder;
}

interface Settling {
  readonly isSecret: Promise<boolean>;
  readonly isKnown: Promise<boolean>;
  promise(): Promise<unknown>;
}

/** Every secret in a value whose parts may be Outputs and Promises at any depth. */
export async function secretPathsOf(value: unknown, path: SecretPath = []): Promise<readonly SecretPath[]> {
  if (pulumi.Output.isInstance(value)) {
    const output = value as unknown as Settling;
    if (await output.isSecret) return [path];
    return (await output.isKnown) ? secretPathsOf(await output.promise(), path) : [];
  }
  if (value instanceof Promise) return secretPathsOf(await value, path);
  const parts: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? [...value.entries()]
    : isShape(value)
      ? Object.entries(value)
      : [];
  const found = await Promise.all(parts.map(([key, inner]) => secretPathsOf(inner, [...path, key])));
  return found.flat();
}
