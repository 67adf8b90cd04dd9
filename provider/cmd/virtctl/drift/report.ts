/** What drifted, in the form of Pulumi's own table, as JSON, or as Markdown. */
import type { Difference } from "../../../core/differences";
import { quoteValue } from "../../../core/field-error";
import { printable } from "../diagnostics";
import { code, codeOfValue } from "../markdown";

export interface ObjectDrift {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly state: "same" | "changed" | "missing";
  readonly drift: readonly Difference[];
  readonly notCompared: readonly string[];
}

export const driftOutputs = ["text", "json", "markdown"] as const;
export type DriftOutput = (typeof driftOutputs)[number];

export function driftReport(objects: readonly ObjectDrift[], output: DriftOutput): string {
  switch (output) {
    case "text":
      return textReport(objects);
    case "json":
      return jsonReport(objects);
    case "markdown":
      return markdownReport(objects);
  }
}

const signs = { same: " ", changed: "~", missing: "-" } as const;
const addressOf = ({ namespace, name }: ObjectDrift): string => `${namespace}/${name}`;
const typeOf = ({ kind }: ObjectDrift): string => `kubevirt:index:${kind}`;

function textReport(objects: readonly ObjectDrift[]): string {
  const drifted = objects.filter(({ state }) => state !== "same");
  const rows = drifted.map((object) => [typeOf(object), addressOf(object), object.state, topFields(object)]);
  const table = [["Type", "Name", "Drift", "Info"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => (row[column] ?? "").length)));
  const line = (sign: string, row: readonly string[]) =>
    ` ${sign}   ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd();
  const lines = [
    ...(drifted.length === 0
      ? []
      : [
          line(" ", table[0] ?? []),
          ...drifted.map((object, index) => line(signs[object.state], rows[index] ?? [])),
          "",
        ]),
    ...drifted.filter(({ drift }) => drift.length > 0).flatMap(details),
    ...notCompared(objects),
    "Resources:",
    ...summary(objects).map((text) => `    ${text}`),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

/** As the engine prints it: the top-level properties that differ. */
function topFields({ drift }: ObjectDrift): string {
  const tops = [...new Set(drift.map(({ field }) => field.split(/[.[]/)[0] ?? field))];
  return tops.length === 0 ? "" : `[diff: ${tops.map((top) => `~${top}`).join(",")}]`;
}

function details(object: ObjectDrift): readonly string[] {
  return [`  ${typeOf(object)} (${addressOf(object)}):`, ...object.drift.map((one) => `    ${changeText(one)}`), ""];
}

function changeText({ field, before, after }: Difference): string {
  if (before === undefined) return `+ ${field}: ${quoteValue(after)}`;
  if (after === undefined) return `- ${field}: ${quoteValue(before)}`;
  return `~ ${field}: ${quoteValue(before)} => ${quoteValue(after)}`;
}

function notCompared(objects: readonly ObjectDrift[]): readonly string[] {
  const lines = objects.flatMap((object) =>
    object.notCompared.map((field) => `    ${typeOf(object)} (${addressOf(object)}): ${field}`),
  );
  return lines.length === 0 ? [] : ["Not compared, since they are secret:", ...lines, ""];
}

function summary(objects: readonly ObjectDrift[]): readonly string[] {
  const count = (state: ObjectDrift["state"]) => objects.filter((object) => object.state === state).length;
  return [
    ...(count("changed") > 0 ? [`~ ${count("changed")} changed`] : []),
    ...(count("missing") > 0 ? [`- ${count("missing")} missing`] : []),
    `${count("same")} unchanged`,
  ];
}

function jsonReport(objects: readonly ObjectDrift[]): string {
  const items = objects.map(({ kind, namespace, name, state, drift, notCompared: secret }) => ({
    kind,
    namespace,
    name,
    state,
    differences: drift.map(({ field, before, after }) => ({
      path: field,
      wanted: before ?? null,
      live: after ?? null,
    })),
    notCompared: secret,
  }));
  return `${JSON.stringify({ drifted: items.filter(({ state }) => state !== "same").length, items }, null, 2)}\n`;
}

function markdownReport(objects: readonly ObjectDrift[]): string {
  const drifted = objects.filter(({ state }) => state !== "same");
  if (drifted.length === 0) return `## No drift\n\n${objects.length} objects are as they should be.\n`;
  const lines = [
    `## Drift: ${drifted.length} of ${objects.length} objects`,
    ...drifted.flatMap((object) => [
      "",
      `### ${object.kind} ${code(addressOf(object))}: ${object.state}`,
      ...(object.drift.length === 0 ? [] : [""]),
      ...object.drift.map(
        ({ field, before, after }) => `- ${code(field)}: wanted ${codeOfValue(before)}, live ${codeOfValue(after)}`,
      ),
    ]),
  ];
  return `${lines.join("\n")}\n`;
}
