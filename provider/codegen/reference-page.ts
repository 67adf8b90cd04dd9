/** The reference page of a kind: what it is, an example, its fields, rules, status, columns, and what a change does. */
import { stringify } from "yaml";
import type { CrossFieldRule } from "../api/kubernetes-hints";
import { type StructuralSchema, structuralSchema } from "../api/structural-schema";
import { examples } from "../api/v1alpha1/examples";
import { apiVersion, type KindDefinition } from "../api/v1alpha1/kinds";
import { type ChangeClass, changeClassOf } from "../core/change-class";
import { type FieldTable, fieldTables } from "./reference-fields";

/** What the page of VirtualMachine describes for the others. */
const describedBy: Readonly<Record<string, ReadonlyMap<string, string>>> = {
  OfflineVirtualMachine: new Map([["spec.template.spec", "spec"]]),
  VirtualMachineReplicaSet: new Map([["spec.template.spec", "spec"]]),
  VirtualMachinePreset: new Map([["spec.domain", "spec.domain"]]),
};

export function referenceFile(kind: KindDefinition): string {
  return `docs/reference/${kind.singular}.md`;
}

export function referencePage(kind: KindDefinition): string {
  const schema = structuralSchema(kind.schema);
  const { metadata, spec, status } = schema.properties ?? {};
  const elsewhere = describedBy[kind.kind] ?? new Map<string, string>();
  const options = { elsewhere: new Set(elsewhere.keys()) };
  const tables = (path: string, part: StructuralSchema | undefined) =>
    part === undefined
      ? ""
      : fieldTables(path, part, options)
          .map((table) => tableText(table, elsewhere))
          .join("\n\n");
  const parts = [
    "<!-- Generated from provider/api by `make generate`. Do not edit. -->",
    `# ${kind.kind}`,
    kind.description,
    namesText(kind),
    "## Example",
    fenced("yaml", stringify(examples[kind.kind], { lineWidth: 100 })),
    "## Fields",
    "Fields in **bold** must be given.",
    tables("metadata", metadata),
    tables("spec", spec),
    "## Rules",
    "Beside the types and ranges above. An API server and every tool of this project refuse what breaks one.",
    rulesText({ properties: { ...(spec === undefined ? {} : { spec }) } }, options.elsewhere),
    ...(status === undefined ? [] : ["## Status", tables("status", status)]),
    "## kubectl",
    columnsText(kind),
    ...outputsText(kind, status !== undefined),
    "## What a change does in a Pulumi program",
    changesText(kind, spec),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function namesText({ plural, shortNames, categories }: KindDefinition): string {
  const names = shortNames.map((name) => `\`${name}\``).join(", ");
  return `\`${apiVersion}\`, plural \`${plural}\`, short names ${names}; listed by ${categories.map((name) => `\`kubectl get ${name}\``).join(" and ")}.`;
}

function tableText({ path, rows }: FieldTable, elsewhere: ReadonlyMap<string, string>): string {
  // What only the system writes has no defaults.
  const hasDefaults = rows.some(({ fallback }) => fallback !== "");
  const columns = ["Field", "Type", ...(hasDefaults ? ["Default"] : []), "Meaning"];
  const lines = rows.map(({ name, required, type, fallback, description, detailsAt }) => {
    const other = elsewhere.get(`${path}.${name}`);
    const details =
      other !== undefined
        ? ` As [VirtualMachine's \`${other}\`](virtualmachine.md#${anchor(other)}).`
        : detailsAt === undefined
          ? ""
          : ` [Its fields](#${anchor(detailsAt)}).`;
    const field = required ? `**\`${name}\`**` : `\`${name}\``;
    return row([field, type, ...(hasDefaults ? [fallback] : []), `${description}${details}`]);
  });
  return [`### \`${path}\``, "", row(columns), row(columns.map(() => "---")), ...lines].join("\n");
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

/** As GitHub makes them of headings. */
function anchor(path: string): string {
  return path.toLowerCase().replace(/[^a-z0-9-]/g, "");
}

/** One line for each rule, with every place where it holds. */
function rulesText(schema: StructuralSchema, elsewhere: ReadonlySet<string>): string {
  const places = new Map<string, string[]>();
  for (const { at, message } of rulesOf("", schema, elsewhere))
    places.set(message, [...(places.get(message) ?? []), at]);
  const rules = [...places].map(([message, paths]) => `- ${placesText(paths)}: ${message}.`);
  const others = [...elsewhere].map((path) => {
    const what =
      path === "spec.domain" ? "what VirtualMachine asks of its domain" : "what VirtualMachine asks of its spec";
    return `- \`${path}\`: ${what}; see [its rules](virtualmachine.md#rules).`;
  });
  return [...rules, ...others].join("\n");
}

/** A rule that holds at many places is told apart by the ends of their paths. */
function placesText(paths: readonly string[]): string {
  const told = paths.length <= 2 ? paths : paths.map((path) => `…${path.split(".").slice(-2).join(".")}`);
  return [...new Set(told)].map((path) => `\`${path}\``).join(", ");
}

interface PlacedRule {
  readonly at: string;
  readonly message: string;
}

function rulesOf(path: string, schema: StructuralSchema, elsewhere: ReadonlySet<string>): readonly PlacedRule[] {
  if (elsewhere.has(path)) return [];
  const { properties = {}, items, additionalProperties } = schema;
  const join = (name: string) => (path === "" ? name : `${path}.${name}`);
  return [
    ...(schema["x-kubernetes-validations"] ?? []).map((rule) => placed(path, rule)),
    ...(schema["x-kubernetes-list-map-keys"] ?? []).map((key) => ({
      at: `${path}[].${key}`,
      message: "no two may be the same",
    })),
    ...Object.entries(properties).flatMap(([name, inner]) => rulesOf(join(name), inner, elsewhere)),
    ...(items === undefined ? [] : rulesOf(`${path}[]`, items, elsewhere)),
    ...(additionalProperties === undefined ? [] : rulesOf(path, additionalProperties, elsewhere)),
  ];
}

function placed(path: string, { fieldPath = "", message }: CrossFieldRule): PlacedRule {
  return { at: `${path}${fieldPath}`, message };
}

function columnsText({ columns, shortNames, selectableFields, subresources }: KindDefinition): string {
  const [name = ""] = shortNames;
  const lines = columns.map((column) =>
    row([column.name.toUpperCase(), `\`${column.jsonPath.slice(1)}\``, column.description]),
  );
  const selectors = selectableFields.map((path) => `\`${path.slice(1)}\``).join(" and ");
  return [
    [
      `\`kubectl get ${name}\` shows, after the name:`,
      "",
      row(["Column", "From", "Meaning"]),
      row(["---", "---", "---"]),
      ...lines,
    ].join("\n"),
    ...(selectors === "" ? [] : [`\`--field-selector\` knows ${selectors}.`]),
    ...(subresources.scale === undefined
      ? []
      : [`\`kubectl scale ${name} NAME --replicas=N\` sets \`${subresources.scale.specReplicasPath.slice(1)}\`.`]),
    `\`kubectl explain ${name}.spec\` tells of the fields.`,
  ].join("\n\n");
}

function outputsText({ outputs }: KindDefinition, hasStatus: boolean): readonly string[] {
  const facts = outputs.map(({ name, type, description }) => row([`\`${name}\``, type, description]));
  const status = hasStatus ? [row(["`status`", "object", "The same and more, as in Status."])] : [];
  const lines = [row(["Output", "Type", "Meaning"]), row(["---", "---", "---"]), ...facts, ...status];
  return facts.length === 0
    ? []
    : ["## Outputs in a Pulumi program", `Beside \`metadata\` and \`spec\`:\n\n${lines.join("\n")}`];
}

const changeTexts: Readonly<Record<ChangeClass, string>> = {
  "in-place": "Takes effect at once",
  "next-start": "Is stored at once, and reaches a guest when one is next started",
  replace: "Makes another object in the place of this one",
};

function changesText({ kind }: KindDefinition, spec: StructuralSchema | undefined): string {
  const metadata = ["metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations"];
  const fields = [...metadata, ...Object.keys(spec?.properties ?? {}).map((name) => `spec.${name}`)];
  const lines = Object.entries(changeTexts).flatMap(([change, text]) => {
    const concerned = fields.filter((field) => changeClassOf(kind, field) === change);
    return concerned.length === 0 ? [] : [`- ${text}: ${concerned.map((field) => `\`${field}\``).join(", ")}.`];
  });
  return lines.join("\n");
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\`\`\``;
}
