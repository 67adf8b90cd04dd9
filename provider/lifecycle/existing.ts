/**
 * What becomes of an object that has a new resource's name already: decided from the object and the resource's inputs
 * alone, and carried out elsewhere. An object that belongs to somebody else is left alone, unless the program says that it
 * is to be taken over, by an annotation that both forms of the provider and every reader of the object can see.
 */
import { covers } from "../core/covers";
import { isDeleting } from "../core/deletion";
import { isFinal } from "../core/phases";
import { controllerOf } from "../core/plan/ownership";
import { virtualMachines } from "../core/resources";
import { changesOf } from "./diff";
import { type Fields, metadataOf, stringMap, urnAnnotation } from "./inputs";
import type { LiveObject } from "./outputs";

/** "true" on a resource that takes over an object which is there and which it did not make. */
export const adoptAnnotation = "kubevirt.io/adopt";

/**
 * A word that is written to an object, and into the state, when a resource takes it up or over. Whoever had it in a state
 * before has another word, or none, and removes nothing: another stack, or the old side of a replacement whose new side found
 * the object there.
 */
export const claimAnnotation = "kubevirt.io/pulumi-claim";

export type Existing =
  /** It is this resource's own, of a run that was interrupted, and as it should be. */
  | { readonly kind: "resume" }
  /** It is this resource's own and of no use any more: it goes first. */
  | { readonly kind: "remove" }
  /** It was somebody else's, and is this resource's from now on. */
  | { readonly kind: "adopt" }
  /** It stays as it is. `reason` follows the object's name in an error. */
  | { readonly kind: "refuse"; readonly reason: string };

/** Paths that are named in a refusal; more are counted. */
const maxPaths = 5;

export function judgeExisting(kind: string, existing: LiveObject, inputs: Fields): Existing {
  const annotations = stringMap(metadataOf(inputs).annotations);
  const urn = annotations[urnAnnotation];
  if (urn !== undefined && existing.metadata.annotations?.[urnAnnotation] === urn) return ofThisResource();
  if (annotations[adoptAnnotation] === "true") return ofSomebodyElse();
  return {
    kind: "refuse",
    reason: `exists already and was not made by this resource; choose another metadata.name, delete it first with kubectl, or have it taken over by the annotation ${adoptAnnotation}: "true"`,
  };

  function ofThisResource(): Existing {
    const usable =
      !isDeleting(existing) &&
      !isFinal(existing.status?.phase) &&
      (kind !== virtualMachines.kind || covers(existing.spec, inputs.spec));
    return { kind: usable ? "resume" : "remove" };
  }

  function ofSomebodyElse(): Existing {
    const owner = controllerOf(existing);
    if (owner !== undefined) {
      const reason = `cannot be taken over: ${owner.kind} ${owner.name} manages it, and would make another; take that over instead, or choose another metadata.name`;
      return { kind: "refuse", reason };
    }
    if (isDeleting(existing)) {
      return { kind: "refuse", reason: "cannot be taken over: it is being removed; try again when it is gone" };
    }
    const live = { metadata: metadataOf(inputs), spec: existing.spec };
    const paths = changesOf(kind, live, inputs)
      .filter(({ replaces, how }) => replaces && how !== "delete")
      .map(({ path }) => path);
    if (paths.length === 0) return { kind: "adopt" };
    const named = paths.slice(0, maxPaths).join(", ");
    const more = paths.length > maxPaths ? ` and ${paths.length - maxPaths} more` : "";
    const reason = `cannot be taken over as it is: it differs from the program in ${named}${more}, which nobody can change without making it anew; write into the program what it has, or delete it first with kubectl`;
    return { kind: "refuse", reason };
  }
}
