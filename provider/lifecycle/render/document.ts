/** One object as the text of its file: what create would send, with secrets as references, and where presets came in. */
import { dnsNamePattern } from "../../api/names";
import { child, childAt, isObject } from "../../core/json-tree";
import { provenanceAnnotation } from "../../core/presets/apply";
import { templateField } from "../../core/presets/template";
import { printYaml } from "../../manifest/print-yaml";
import { type Fields, metadataOf, toObject } from "../inputs";
import type { RenderedFile } from "./folder";
import { secretNote } from "./secret-notes";
import { withSecretReferences } from "./secrets";

/** Neither part of `NAMESPACE_NAME` can hold an underscore, so no two objects share a file. */
export function fileOf(kind: string, inputs: Fields): Pick<RenderedFile, "part" | "name"> {
  const { namespace, name } = metadataOf(inputs);
  return {
    part: kind === "VirtualMachinePreset" ? "presets" : "machines",
    name: `${kind.toLowerCase()}_${String(namespace)}_${String(name)}.yaml`,
  };
}

/** `inputs` have passed check. */
export function renderObject(kind: string, inputs: Fields): RenderedFile {
  const { object, secrets } = withSecretReferences(toObject(kind, inputs));
  const text = printYaml([{ object, provenance: provenanceOf(object) }]);
  return { ...fileOf(kind, inputs), text: `${secrets.map(secretNote).join("")}${text}` };
}

/** Path of each setting that a preset gave, from the object's root → name of the preset; from the annotation. */
function provenanceOf(object: Fields): Readonly<Record<string, string>> {
  const template = childAt(object, templateField.split("."));
  const [holder, prefix] = isObject(template) ? [template, `${templateField}.`] : [object, ""];
  const note = childAt(holder, ["metadata", "annotations", provenanceAnnotation]);
  const parsed = typeof note === "string" ? parseJson(note) : undefined;
  if (!isObject(parsed)) return {};
  const given = Object.keys(parsed).flatMap((path): (readonly [string, string])[] => {
    const preset = child(parsed, path);
    return typeof preset === "string" && dnsNamePattern.test(preset) ? [[`${prefix}${path}`, preset]] : [];
  });
  return Object.fromEntries(given);
}

/** Anybody may write an annotation; one that is no JSON says nothing. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
