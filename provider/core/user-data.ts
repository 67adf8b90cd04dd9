/**
 * Where machines have user data in themselves. It holds keys and passwords, so it is a secret wherever it is: this is the
 * one list of its places, for whoever hides it, leaves it out, or marks it for Pulumi.
 */
import type { PathSegment } from "./field-path";
import { child, childAt, isObject, items } from "./json-tree";

/** Fields of a volume's `cloudInitNoCloud`. */
export const userDataFields = ["userData", "userDataBase64"] as const;

/** From an object's root to its volumes: those of a machine, and those of what makes machines. */
const volumePlaces = [
  ["spec", "volumes"],
  ["spec", "template", "spec", "volumes"],
] as const;

export interface UserDataText {
  readonly path: readonly PathSegment[];
  readonly field: (typeof userDataFields)[number];
  readonly text: string;
}

/** The texts in an object of any kind, as they stand there. */
export function userDataTexts(object: unknown): readonly UserDataText[] {
  return volumePlaces.flatMap((place) =>
    items(childAt(object, place)).flatMap((volume, index) =>
      userDataFields.flatMap((field) => {
        const text = child(child(volume, "cloudInitNoCloud"), field);
        return typeof text === "string" ? [{ path: [...place, index, "cloudInitNoCloud", field], field, text }] : [];
      }),
    ),
  );
}

export function userDataPaths(object: unknown): readonly (readonly PathSegment[])[] {
  return userDataTexts(object).map(({ path }) => path);
}

/** Whether a volume has user data in itself, and does not take it from a Secret. */
export function hasUserData(volume: unknown): boolean {
  const source = child(volume, "cloudInitNoCloud");
  return userDataFields.some((field) => child(source, field) !== undefined);
}

/** The volume without its user data. */
export function withoutUserData(volume: unknown): unknown {
  if (!isObject(volume) || !isObject(volume.cloudInitNoCloud)) return volume;
  const source = Object.entries(volume.cloudInitNoCloud).filter(([field]) => !isUserDataField(field));
  return { ...volume, cloudInitNoCloud: Object.fromEntries(source) };
}

/** Whether a path such as `spec.volumes[0].cloudInitNoCloud.userData` is one of user data. */
export function isUserDataPath(path: string): boolean {
  return isUserDataField(path.slice(path.lastIndexOf(".") + 1));
}

const isUserDataField = (name: string): boolean => userDataFields.some((field) => field === name);
