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

/** One step down: a key, a place in a list, or the item of a list that has a name (`disks[name=root]`). */
export type PathStep = PathSegment | { readonly name: string };

const step = /\.?([A-Za-z_][A-Za-z0-9_-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\[name=([^\]]*)\]/y;

/** The steps of a path that joinPath made. What is no path ends it: the steps before are returned. */
export function parsePath(path: string): readonly PathStep[] {
  const steps: PathStep[] = [];
  step.lastIndex = 0;
  for (let found = step.exec(path); found !== null; found = step.exec(path)) {
    const [, plain, index, quoted, name] = found;
    if (plain !== undefined) steps.push(plain);
    else if (index !== undefined) steps.push(Number(index));
    else if (quoted !== undefined) steps.push(unquoted(quoted));
    else if (name !== undefined) steps.push({ name });
  }
  return steps;
}

function unquoted(text: string): string {
  const value: unknown = JSON.parse(text);
  return String(value);
}
