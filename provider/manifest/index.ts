/**
 * Manifests: text in YAML or JSON, from files, folders or standard input, as the Kubernetes objects in it. Knows places
 * in files and what a harmful text looks like; knows no kind of object.
 */
import { readTexts } from "./files";
import { ManifestError } from "./manifest-error";
import { type ManifestObject, type ParsedManifest, parseManifest } from "./parse";

export type { Note } from "./json-value";
export { formatPlace, ManifestError, type Position } from "./manifest-error";
export { type ManifestObject, type ParsedManifest, parseManifest } from "./parse";
export type { PlaceOf } from "./source-map";

/**
 * The objects of all files that the paths name: a file, a folder with everything below it, or `-` for standard input.
 * Whatever can be read is; the rest are faults, and so is an input without any object.
 */
export function readManifests(paths: readonly string[]): ParsedManifest {
  const { texts, faults: unread } = readTexts([...new Set(paths)]);
  const objects: ManifestObject[] = [];
  const faults = [...unread];
  for (const { text, file } of texts) {
    const parsed = parseManifest(text, file);
    objects.push(...parsed.objects);
    faults.push(...parsed.faults);
  }
  if (objects.length === 0 && faults.length === 0) {
    const file = texts.map((one) => one.file).join(", ");
    faults.push(new ManifestError("holds no object, only empty documents; is this the right file?", { file }));
  }
  return { objects, faults };
}
