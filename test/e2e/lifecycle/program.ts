/**
 * A program as the lifecycle suite writes it: resources with the objects' own arguments and the engine's own options, of
 * which each form of the provider makes the text that a person would have written.
 */
import { stringify } from "yaml";

/** The engine's options, by the names that both languages have for them. Resources are named by their logical names. */
export interface Options {
  readonly dependsOn?: readonly string[];
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  readonly deleteBeforeReplace?: boolean;
  readonly ignoreChanges?: readonly string[];
  readonly replaceOnChanges?: readonly string[];
  /** URNs. */
  readonly aliases?: readonly string[];
  /** Id of an object that is there. */
  readonly import?: string;
  readonly customTimeouts?: { readonly create?: string; readonly update?: string; readonly delete?: string };
}

export interface Declared {
  readonly kind: string;
  readonly metadata?: object;
  readonly spec: object;
  readonly options?: Options;
}

/** Logical name → resource. */
export type Program = Readonly<Record<string, Declared>>;

/** An output of a resource, such as `web.ipAddress`, for any string in the arguments of another. */
export const outputOf = (path: string) => `\${${path}}`;

const reference = /\$\{([A-Za-z0-9-]+)((?:\.[A-Za-z]+)*)\}/g;
const variable = (name: string) => `r_${name.replaceAll("-", "_")}`;

export function inTypeScript(program: Program): string {
  const resources = Object.entries(program).map(([name, { kind, metadata, spec, options = {} }]) => {
    const { dependsOn, ...others } = options;
    const depends = dependsOn === undefined ? "" : `, dependsOn: [${dependsOn.map(variable).join(", ")}]`;
    return `const ${variable(name)} = new kubevirt.${kind}(${JSON.stringify(name)}, ${literal({ metadata, spec })}, { ...${literal(others)}${depends} });`;
  });
  const facts = Object.keys(program).map((name) => `${JSON.stringify(name)}: ${variable(name)}.metadata`);
  return [
    'import * as pulumi from "@pulumi/pulumi";',
    'import * as kubevirt from "pulumi-kubevirt";',
    ...resources,
    `export const metadata = pulumi.output({ ${facts.join(", ")} });`,
    "",
  ].join("\n");
}

/** A value as an expression, with outputs of other resources where strings name them. */
function literal(value: unknown): string {
  if (typeof value === "string") {
    const whole = value.replace(reference, "") === "" && value.match(reference)?.length === 1;
    const [, name = "", path = ""] = [...value.matchAll(reference)][0] ?? [];
    if (whole) return `${variable(name)}${path}`;
    if (name === "") return JSON.stringify(value);
    const text = value.replaceAll("`", "\\`").replace(reference, (_all, of, at) => `\${${variable(of)}${at}}`);
    return `pulumi.interpolate\`${text}\``;
  }
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined";
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{ ${fields.map(([key, field]) => `${JSON.stringify(key)}: ${literal(field)}`).join(", ")} }`;
}

export function inYaml(project: string, program: Program): string {
  const resources = Object.entries(program).map(([name, { kind, metadata, spec, options = {} }]) => {
    const dependsOn = options.dependsOn?.map((other) => `\${${other}}`);
    return [
      name,
      {
        type: `kubevirt:${kind}`,
        properties: { ...(metadata && { metadata }), spec },
        options: { ...options, ...(dependsOn && { dependsOn }) },
      },
    ];
  });
  const facts = Object.keys(program).map((name) => [name, `\${${name}.metadata}`]);
  const text = {
    name: project,
    runtime: "yaml",
    resources: Object.fromEntries(resources),
    outputs: { metadata: Object.fromEntries(facts) },
  };
  // Pulumi's YAML has no aliases.
  return stringify(text, { aliasDuplicateObjects: false });
}
