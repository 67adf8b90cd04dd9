/**
 * What is wrong with a block of YAML or JSON in the documentation. By what its keys are, each document of it is
 *
 *   a Kubernetes object                  judged as `virtctl validate` does
 *   a Pulumi program or a part of one    its types are in the package's schema, its resources judged as objects
 *   a part of a machine's spec           judged within a machine
 *
 * and anything else is a fault: a reader could not tell either what to do with it.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import { kinds } from "../../provider/api/v1alpha1/kinds";
import { judge } from "../../provider/cmd/virtctl/judge";
import { renderFieldError } from "../../provider/core/field-error";
import { child, isObject, type JsonObject } from "../../provider/core/json-tree";
import { validateObject } from "../../provider/core/validation";
import { parseManifest } from "../../provider/manifest";
import { type Block, projectRoot } from "./page.ts";

interface PackageSchema {
  readonly types: Readonly<Record<string, { readonly properties?: Readonly<Record<string, unknown>> }>>;
  readonly config: { readonly variables: Readonly<Record<string, unknown>> };
  readonly resources: Readonly<Record<string, { readonly inputProperties: Readonly<Record<string, unknown>> }>>;
  readonly functions: Readonly<
    Record<string, { readonly inputs: { readonly properties: Readonly<Record<string, unknown>> } }>
  >;
}
const schema = JSON.parse(readFileSync(resolve(projectRoot, "schema.json"), "utf8")) as PackageSchema;

const programKeys = [
  "name",
  "runtime",
  "description",
  "config",
  "packages",
  "plugins",
  "variables",
  "resources",
  "outputs",
];
const specKeys = Object.keys(schema.types["kubevirt:v1alpha1:VirtualMachineSpec"]?.properties ?? {});

export function faultsOfYaml(block: Block): readonly string[] {
  const at = (fault: string) => `${block.page}:${block.line}: ${fault}`;
  const documents = parseAllDocuments(block.text, { uniqueKeys: true });
  if (!Array.isArray(documents) || documents.length === 0) return [at("holds no document")];
  const broken = documents.flatMap(({ errors }) => errors.map(({ message }) => at(message)));
  if (broken.length > 0) return broken;
  const values = documents.map((document) => document.toJS() as unknown);
  if (values.every((value) => isObject(value) && "apiVersion" in value)) return faultsOfObjects(block).map(at);
  return values.flatMap((value) => faultsOfPart(value).map(at));
}

function faultsOfObjects({ text, page }: Block): readonly string[] {
  const { objects, faults } = parseManifest(text, page);
  return [...faults.map(String), ...judge(objects).flatMap(({ errors }) => errors.map(renderFieldError))];
}

function faultsOfPart(value: unknown): readonly string[] {
  if (!isObject(value)) return ["is no mapping"];
  const keys = Object.keys(value);
  if (keys.every((key) => programKeys.includes(key))) return faultsOfProgram(value);
  if (keys.every((key) => specKeys.includes(key))) return faultsOfSpec(value);
  return [
    `is no object (it has no apiVersion), no part of a Pulumi program and no part of a machine's spec: ${keys.join(", ")}`,
  ];
}

function faultsOfSpec(part: JsonObject): readonly string[] {
  const spec = { domain: {}, ...part };
  return faultsOfMachine({
    apiVersion: "kubevirt.io/v1alpha1",
    kind: "VirtualMachine",
    metadata: { name: "part" },
    spec,
  });
}

function faultsOfMachine(object: JsonObject): readonly string[] {
  return validateObject(object, { isUnknown: isReference }).errors.map(renderFieldError);
}

/** What a program in YAML takes from elsewhere, such as `${web.ipAddress}`, is known when it runs. */
function isReference(value: unknown): boolean {
  if (typeof value === "string") return value.includes("${");
  return isObject(value) && Object.keys(value).some((key) => key.startsWith("fn::"));
}

function faultsOfProgram(program: JsonObject): readonly string[] {
  const resources = Object.entries(child(program, "resources") ?? {});
  const names = new Set([
    ...resources.map(([name]) => name),
    ...Object.keys(child(program, "variables") ?? {}),
    "pulumi",
  ]);
  const references = [...JSON.stringify(program).matchAll(/\$\{([\w-]+)/g)].map(([, name = ""]) => name);
  return [
    ...resources.flatMap(([name, resource]) => faultsOfResource(resource).map((fault) => `resource ${name}: ${fault}`)),
    ...invocations(program).flatMap(faultsOfInvocation),
    ...references.filter((name) => !names.has(name)).map((name) => `nothing is named ${name}`),
  ];
}

function faultsOfResource(resource: unknown): readonly string[] {
  const type = String(child(resource, "type"));
  const properties = child(resource, "properties") ?? {};
  if (!isObject(properties)) return ["has properties that are no mapping"];
  if (type === "pulumi:providers:kubevirt") return strangers(properties, schema.config.variables);
  if (!type.startsWith("kubevirt:")) return [];
  const token = type.replace(/^kubevirt:(index:)?/, "kubevirt:index:");
  const known = schema.resources[token];
  if (known === undefined) return [`there is no type ${type}`];
  const kind = kinds.find((one) => token.endsWith(`:${one.kind}`))?.kind;
  if (kind === undefined) return strangers(properties, known.inputProperties);
  return faultsOfMachine({ apiVersion: "kubevirt.io/v1alpha1", kind, metadata: { name: "in-program" }, ...properties });
}

function faultsOfInvocation(invocation: unknown): readonly string[] {
  const name = String(child(invocation, "function"));
  if (!name.startsWith("kubevirt:")) return [];
  const known = schema.functions[name.replace(/^kubevirt:(index:)?/, "kubevirt:index:")];
  if (known === undefined) return [`there is no function ${name}`];
  return strangers(child(invocation, "arguments") ?? {}, known.inputs.properties);
}

function strangers(given: unknown, known: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(given ?? {})
    .filter((key) => !(key in known))
    .map((key) => `there is no ${key} (known: ${Object.keys(known).join(", ")})`);
}

/** Every `fn::invoke` of a program, at any depth. */
function invocations(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(invocations);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === "fn::invoke" ? [inner] : invocations(inner)));
}
