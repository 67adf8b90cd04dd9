/** The summary of a preview as a Markdown page for a pull request. */

import { isObject } from "../../../core/json-tree";
import { code, codeOfValue } from "../markdown";
import {
  type FieldChange,
  guestsOf,
  type MachineChange,
  machineChange,
  secretText,
  whatHappens,
} from "./machine-change";
import type { Preview } from "./preview";

/** Machines first that go down, then by name. */
export function summaryOf({ objects, others, errors }: Preview): string {
  const changes = objects.map(machineChange).sort(compare);
  const machines = changes.filter(({ planned }) => planned.kind !== "VirtualMachinePreset");
  const presets = changes.filter(({ planned }) => planned.kind === "VirtualMachinePreset");
  const lines = [
    `## Virtual machines: ${headline(machines, presets)}`,
    ...errorLines(errors),
    ...folderLines(changes),
    ...tableLines(machines),
    ...presets.flatMap((preset) => presetLines(preset, machines)),
    ...machines.flatMap(detailLines),
    ...(others === 0
      ? []
      : ["", `Besides, ${count(others, "resource")} of other kinds change; \`pulumi preview\` shows them.`]),
  ];
  return `${lines.join("\n")}\n`;
}

const order = ["replace", "delete", "update", "create", "import"];

function compare(left: MachineChange, right: MachineChange): number {
  const key = ({ planned, namespace, name }: MachineChange) =>
    [order.indexOf(planned.operation), planned.kind, namespace, name, planned.urn] as const;
  const [a, b] = [key(left), key(right)];
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? "";
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}

function headline(machines: readonly MachineChange[], presets: readonly MachineChange[]): string {
  const counts = new Map<string, number>();
  for (const change of machines) counts.set(whatHappens(change), (counts.get(whatHappens(change)) ?? 0) + 1);
  const parts = [...counts].map(([what, number]) => `${number} ${what}`);
  if (presets.length > 0) parts.push(`${count(presets.length, "preset")} changed`);
  return parts.length === 0 ? "no changes" : parts.join(", ");
}

function errorLines(errors: readonly string[]): readonly string[] {
  if (errors.length === 0) return [];
  return [
    "",
    "**The preview failed**, and what follows may not be all:",
    "",
    ...errors.map((error) => `- ${code(error)}`),
  ];
}

/** A stack that renders changes files; machines change when those are applied. */
function folderLines(changes: readonly MachineChange[]): readonly string[] {
  const folders = new Set(
    changes.flatMap(({ planned: { before, after } }) => {
      const folder = (after ?? before)?.renderTo;
      return typeof folder === "string" ? [folder] : [];
    }),
  );
  if (folders.size === 0) return [];
  const names = [...folders].sort().map((folder) => code(folder));
  return ["", `The stack writes files to ${names.join(", ")}; what is said here comes about when they are applied.`];
}

function tableLines(machines: readonly MachineChange[]): readonly string[] {
  if (machines.length === 0) return [];
  return [
    "",
    "| machine | what happens | its guest |",
    "| --- | --- | --- |",
    ...machines.map((change) => `| ${subject(change, "table")} | ${whatHappens(change)} | ${guestsOf(change)} |`),
  ];
}

function subject({ planned, namespace, name }: MachineChange, place: "text" | "table" = "text"): string {
  return `${planned.kind} ${code(namespace === "" ? name : `${namespace}/${name}`, place)}`;
}

/** The preset's own change, and each machine that has another value because of it. */
function presetLines(preset: MachineChange, machines: readonly MachineChange[]): readonly string[] {
  const { planned, namespace, name, fields } = preset;
  const touched = machines.filter(
    (machine) => machine.namespace === namespace && machine.fields.some((field) => field.preset === name),
  );
  const what = planned.operation === "update" ? "changed" : whatHappens(preset);
  return [
    "",
    `### ${subject(preset)}: ${what}`,
    "",
    ...fields.map((field) => `- ${change(field)}`),
    ...(touched.length === 0
      ? ["- No machine of this program changes by it."]
      : touched.map((machine) => {
          const by = machine.fields.filter((field) => field.preset === name).map((field) => change(field));
          return `- ${subject(machine)} is ${whatHappens(machine)}: ${by.join("; ")}`;
        })),
  ];
}

function detailLines(machine: MachineChange): readonly string[] {
  const { planned, fields, hidden } = machine;
  if (planned.operation !== "update" && planned.operation !== "replace") return [];
  const replacing = fields.some((field) => field.class === "replace");
  return [
    "",
    `### ${subject(machine)}: ${whatHappens(machine)}`,
    "",
    ...fields.map((field) => {
      const by = field.preset === undefined ? "" : `, by preset ${code(field.preset)}`;
      return `- ${change(field)}${by}: ${wordsOf(machine, field)}`;
    }),
    ...hiddenLines(hidden),
    ...(planned.operation === "replace" && !replacing && hidden.length === 0
      ? ["- It is replaced because the program or the command line asks for it (replaceOnChanges, --replace)."]
      : []),
  ];
}

function hiddenLines(hidden: readonly string[]): readonly string[] {
  if (hidden.length === 0) return [];
  return [`- Secret, so that a change in it is not seen here: ${hidden.map((field) => code(field)).join(", ")}`];
}

function change({ field, before, after }: FieldChange): string {
  if (before === secretText && after === secretText) return `${code(field)} (a secret) changes`;
  return `${code(field)}: ${shown(before)} → ${shown(after)}`;
}

/** Larger values are named, not printed. */
function shown(value: unknown): string {
  if (isObject(value)) return `{${Object.keys(value).length} fields}`;
  return codeOfValue(value);
}

function wordsOf({ planned }: MachineChange, field: FieldChange): string {
  switch (field.class) {
    case "replace":
      return "replaces it";
    case "next-start":
      return planned.kind === "VirtualMachineReplicaSet" ? "for machines made from now on" : "at the next start";
    case "in-place":
      return "live";
  }
}

const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? "" : "s"}`;
