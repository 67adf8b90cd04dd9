/**
 * `virtctl render`: a manifest with its presets in its machines and templates, as it can be applied. Presets stay in
 * it, and the machines carry their marks, so that a cluster which has the presets too applies nothing twice.
 */
import { readManifests } from "../../manifest";
import { canonical } from "../../manifest/canonical";
import { printYaml, type Rendered } from "../../manifest/print-yaml";
import { type Answer, allowed, refusal, refused, unreadable } from "./answer";
import { compareObjects } from "./compare-objects";
import { faultLine, readingFaultLine, renderDiagnostics } from "./diagnostics";
import { withDefaults } from "./effective";
import { judge } from "./judge";

export interface RenderFlags {
  readonly filename: readonly string[];
  readonly output: "yaml" | "json";
  readonly defaults?: boolean;
}

export function render({ filename, output, defaults = false }: RenderFlags): Answer {
  const { objects, faults } = readManifests(filename);
  if (faults.length > 0) return refusal(unreadable, renderDiagnostics(faults.map(readingFaultLine)));
  const judgements = judge(objects);
  const causes = judgements.flatMap(({ source, errors, merged }) =>
    [...errors, ...(merged?.faults ?? [])].map((error) => faultLine(source, error)),
  );
  if (causes.length > 0) return refusal(refused, renderDiagnostics(causes));
  const rendered = judgements
    .map(({ source, ours, merged }) => {
      const object = merged?.object ?? source.object;
      return { object: ours && defaults ? withDefaults(object) : object, provenance: merged?.provenance ?? {} };
    })
    .sort((left, right) => compareObjects(left.object, right.object));
  return { stdout: output === "json" ? printList(rendered) : printYaml(rendered), stderr: "", exitCode: allowed };
}

function printList(rendered: readonly Rendered[]): string {
  const list = { apiVersion: "v1", items: rendered.map(({ object }) => canonical(object)), kind: "List" };
  return `${JSON.stringify(list, null, 2)}\n`;
}
