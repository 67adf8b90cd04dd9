/**
 * Paths of fields, as people read them: `spec.domain.devices.disks[0].volumeName`. Keys of maps that are no plain
 * names are quoted in brackets: `spec.domain.resources.requests["example.com/gpu"]`.
 */

export type PathSegment = string | number;

const plainName = /^[A-Za-z_][A-Za-z0-9_-]*$/;

export function formatPath(segments: readonly PathSegment[]): string {
  let path = "";
  for (const segment of segments) path = joinPath(path, segment);
  return path;
}

/** The path of a field or item inside the one at `parent`; an empty parent is the object's root. */
export function joinPath(parent: string, segment: PathSegment): string {
  if (typeof segment === "number") return `${parent}[${segment}]`;
  if (!plainName.test(segment)) return `${parent}[${JSON.stringify(segment)}]`;
  return parent === "" ? segment : `${parent}.${segment}`;
}
