/**
 * The Pulumi package schema (schema.json), which other languages' SDKs and the registry read. Types come from the named
 * schemas; the resources' own outputs are the ones that sdk/nodejs declares.
 */
import { type JsonSchema, namedSchemas, referenceOf } from "./named-schemas";

const prefix = "kubevirt:v1alpha1:";

/** Machine facts that every resource of the kind has as outputs beside its arguments. */
const machineOutputs = {
  status: { $ref: `#/types/${prefix}VirtualMachineStatus`, description: "The machine as it is." },
  ipAddress: { type: "string", description: "Address at which the guest can be reached; empty until it runs." },
  nodeName: { type: "string", description: "Node that runs the machine; empty until there is one." },
  phase: { type: "string", description: "Pending, Scheduling, Scheduled, Running, Succeeded, Failed or Unknown." },
  ready: { type: "boolean", description: "Whether the guest runs." },
};

const resourceKinds: Readonly<Record<string, object>> = {
  VirtualMachine: machineOutputs,
  VirtualMachinePreset: {},
};

export function packageSchema(version: string): string {
  const named = namedSchemas();
  const types: Record<string, object> = {};
  const resources: Record<string, object> = {};
  for (const [name, schema] of named) {
    const outputs = resourceKinds[name];
    if (outputs === undefined) types[prefix + name] = objectType(schema);
    else resources[prefix + name] = resource(schema, outputs);
  }
  const document = {
    $schema: "https://raw.githubusercontent.com/pulumi/pulumi/master/pkg/codegen/schema/pulumi.json",
    name: "kubevirt",
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
    language: { nodejs: { packageName: "pulumi-kubevirt" } },
    config: {
      variables: {
        kubeconfig: {
          type: "string",
          secret: true,
          description: "A kubeconfig's path or content. Default: what kubectl would use.",
        },
        context: { type: "string", description: "The kubeconfig's context to use. Default: its current one." },
        namespace: { type: "string", description: "Namespace of objects that name none. Default: the context's." },
      },
    },
    types,
    resources,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function resource(schema: JsonSchema, outputs: object): object {
  const { metadata, spec } = schema.properties ?? {};
  const given = { metadata: property(metadata ?? {}), spec: property(spec ?? {}) };
  return {
    description: schema.description,
    inputProperties: given,
    requiredInputs: ["spec"],
    properties: { ...given, ...outputs },
    required: ["metadata", "spec", ...Object.keys(outputs)],
  };
}

function objectType(schema: JsonSchema): object {
  const properties = Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([name, field]) => [name, property(field)]),
  );
  return {
    type: "object",
    description: schema.description,
    properties,
    ...(schema.required === undefined || schema.required.length === 0 ? {} : { required: [...schema.required].sort() }),
  };
}

function property(schema: JsonSchema): object {
  return { ...typeSpec(schema), ...(schema.description === undefined ? {} : { description: schema.description }) };
}

/** Package schemas have no unions of literals in place: an enumeration is a string whose values its description names. */
function typeSpec(schema: JsonSchema): object {
  const reference = referenceOf(schema);
  if (reference !== undefined) return { $ref: `#/types/${prefix}${reference}` };
  if (schema.anyOf !== undefined) return typeSpec(schema.anyOf.find((option) => option.type !== "null") ?? {});
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
      const values = typeSpec(schema.additionalProperties);
      return { type: "object", additionalProperties: values };
    }
    default:
      return { $ref: "pulumi.json#/Any" };
  }
}
