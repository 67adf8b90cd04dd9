/** One object as the text of its file: what create would send, with secrets as references, and where presets came in. */
import { provenanceOf } from "../../core/presets/provenance";
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
