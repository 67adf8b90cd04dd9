/**
 * The Pulumi package schema (schema.json), which the registry and other languages' SDKs read. Types come from the named
 * schemas, resources and their outputs from the table of kinds.
 * https://www.pulumi.com/docs/iac/extending-pulumi/schema/
 */
import { type KindDefinition, kinds } from "../api/v1alpha1/kinds";
import { controlPlaneArguments, type JsonSchema, namedSchemas, namedTypes, referenceOf } from "./named-schemas";
import { functionTypes, packageFunctions } from "./package-functions";

/** What the kinds are made of. */
const ofKinds = namedTypes("output");

/** Names of types that the kinds are not made of, the control plane's, belong to no version of the API. */
const tokenOf = (name: string) => `kubevirt:${ofKinds.has(name) ? "v1alpha1" : "index"}:${name}`;

/** What the stack's configuration and an explicit provider can say. */
const settings = {
  kubeconfig: {
    type: "string",
    secret: true,
    description: "A kubeconfig's path or content. Default: what kubectl would use.",
  },
  context: { type: "string", description: "The kubeconfig's context to use. Default: its current one." },
  namespace: { type: "string", description: "Namespace of objects that name none. Default: the context's." },
  renderTo: {
    type: "string",
    description: "Folder to write objects to, as YAML, instead of deploying them. Default: they are deployed.",
  },
};

export function packageSchema(version: string): string {
  const named = namedSchemas();
  const types = [...ofKinds, ...[...namedTypes("input")].filter(([name]) => !ofKinds.has(name))];
  const document = {
    $schema: "https://raw.githubusercontent.com/pulumi/pulumi/master/pkg/codegen/schema/pulumi.json",
    name: "kubevirt",
    displayName: "KubeVirt",
    version,
    description: "Virtual machines: KubeVirt's objects on a laptop with libvirt or on a Kubernetes cluster.",
    license: "Apache-2.0",
    keywords: [
      "pulumi",
      "kubevirt",
      "libvirt",
      "virtual-machine",
      "kubernetes",
      "category/infrastructure",
      "kind/native",
    ],
    language: {
      nodejs: { packageName: "pulumi-kubevirt", respectSchemaVersion: true },
      python: { respectSchemaVersion: true },
    },
    config: { variables: settings },
    provider: { description: "A cluster, or the local engine, and where on it objects go.", inputProperties: settings },
    types: {
      ...Object.fromEntries(
        types
          .filter(([name]) => name !== controlPlaneArguments)
          .map(([name, schema]) => [tokenOf(name), complexType(schema)]),
      ),
      ...functionTypes(),
    },
    resources: {
      ...Object.fromEntries(
        kinds.map((kind) => [`kubevirt:index:${kind.kind}`, resource(kind, named.get(kind.kind) ?? {})]),
      ),
      [tokenOf(controlPlaneArguments)]: controlPlane(named.get(controlPlaneArguments) ?? {}),
    },
    functions: packageFunctions(),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function resource({ description, outputs }: KindDefinition, schema: JsonSchema): object {
  const { metadata, spec, status } = schema.properties ?? {};
  const given = { metadata: property(metadata ?? {}), spec: property(spec ?? {}) };
  const facts = outputs.map(({ name, ...field }) => [name, field] as const);
  const found = {
    ...Object.fromEntries(facts),
    ...(status === undefined ? {} : { status: property(status) }),
  };
  return {
    description,
    inputProperties: given,
    requiredInputs: ["spec"],
    properties: { ...given, ...found },
    required: ["metadata", "spec", ...Object.keys(found)],
  };
}

/** The component that installs controller and agents; its two switches concern the component alone. */
function controlPlane({ properties = {}, required = [] }: JsonSchema): object {
  const inputs = Object.entries(properties).map(([name, schema]) => [name, property(schema)] as const);
  return {
    isComponent: true,
    description: "Everything that a Kubernetes cluster needs to run virtual machines: controller, agents, definitions.",
    inputProperties: {
      ...Object.fromEntries(inputs),
      keepDefinitions: {
        type: "boolean",
        plain: true,
        description:
          "Whether the definitions, and with them all machines, stay when the control plane is destroyed. Default: false.",
      },
      adoptDefinitions: {
        type: "boolean",
        plain: true,
        description:
          "Whether definitions of the same names that another KubeVirt has installed are taken over. Default: false.",
      },
    },
    requiredInputs: required,
    properties: {
      namespace: { type: "string", description: "Namespace of the control plane." },
      version: { type: "string", description: "Tag of the images that run." },
      ready: { type: "boolean", description: "True once everything is installed and runs." },
    },
    required: ["namespace", "version", "ready"],
  };
}

function complexType(schema: JsonSchema): object {
  const description = schema.description === undefined ? {} : { description: schema.description };
  if (schema.enum !== undefined) {
    return { type: "string", ...description, enum: schema.enum.map((value) => ({ value })) };
  }
  const properties = Object.entries(schema.properties ?? {}).map(([name, field]) => [name, property(field)] as const);
  const required = [...(schema.required ?? [])].sort();
  return {
    type: "object",
    ...description,
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
  };
}

function property(schema: JsonSchema): object {
  return { ...typeSpec(schema), ...(schema.description === undefined ? {} : { description: schema.description }) };
}

/** An enumeration without a name is text, whose values its description tells. */
function typeSpec(schema: JsonSchema): object {
  const reference = referenceOf(schema);
  if (reference !== undefined) return { $ref: `#/types/${tokenOf(reference)}` };
  if (schema.anyOf !== undefined) return alternatives(schema.anyOf);
  const type = Array.isArray(schema.type) ? schema.type.find((name) => name !== "null") : schema.type;
  switch (type) {
    case "string":
    case "integer":
    case "number":
    case "boolean":
      return { type };
    case "array":
      return { type: "array", items: typeSpec(schema.items ?? {}) };
    case "object": {
      if (typeof schema.additionalProperties !== "object") return { $ref: "pulumi.json#/Any" };
      return { type: "object", additionalProperties: typeSpec(schema.additionalProperties) };
    }
    default:
      return { $ref: "pulumi.json#/Any" };
  }
}

function alternatives(branches: readonly JsonSchema[]): object {
  const specs = branches.filter(({ type }) => type !== "null").map(typeSpec);
  const distinct = specs.filter(
    (spec, at) => specs.findIndex((one) => JSON.stringify(one) === JSON.stringify(spec)) === at,
  );
  const [only, ...others] = distinct;
  return others.length === 0 ? (only ?? {}) : { oneOf: distinct };
}
