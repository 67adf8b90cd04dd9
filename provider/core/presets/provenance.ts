/** Which preset gave which setting, read from the note that merging leaves on a machine or in a template. */
import { dnsNamePattern } from "../../api/names";
import { child, childAt, isObject, parsedOrNothing } from "../json-tree";
import { provenanceAnnotation } from "./apply";
import { templateField } from "./template";

/**
 * Path of each setting from the object's root → name of the preset. Anybody may write an annotation: what is no JSON, or no
 * name of a preset, says nothing.
 */
export function provenanceOf(object: unknown): Readonly<Record<string, string>> {
  const template = childAt(object, templateField.split("."));
  const [holder, prefix] = isObject(template) ? [template, `${templateField}.`] : [object, ""];
  const note = childAt(holder, ["metadata", "annotations", provenanceAnnotation]);
  const parsed = typeof note === "string" ? parsedOrNothing(note) : undefined;
  if (!isObject(parsed)) return {};
  const given = Object.keys(parsed).flatMap((path): (readonly [string, string])[] => {
    const preset = child(parsed, path);
    return typeof preset === "string" && dnsNamePattern.test(preset) ? [[`${prefix}${path}`, preset]] : [];
  });
  return Object.fromEntries(given);
}

/** The preset that gave the setting which a field is, or is in. */
export function presetOf(provenance: Readonly<Record<string, string>>, field: string): string | undefined {
  const found = Object.entries(provenance).find(
    ([path]) => field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`),
  );
  return found?.[1];
}
