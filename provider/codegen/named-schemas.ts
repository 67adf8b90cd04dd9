/**
 * Every object and enumeration of the vocabulary by name, as JSON Schema with references between them. The name is the
 * one that the schema is exported under in provider/api; a module that is missing here shows as a type without a name,
 * which a test refuses.
 */
import { z } from "zod";
import * as controlPlane from "../api/control-plane";
import * as labelSelector from "../api/label-selector";
import * as meta from "../api/meta";
import * as clock from "../api/v1alpha1/clock";
import * as cpu from "../api/v1alpha1/cpu";
import * as devices from "../api/v1alpha1/devices";
import * as disks from "../api/v1alpha1/disks";
import * as domainSpec from "../api/v1alpha1/domain-spec";
import * as features from "../api/v1alpha1/features";
import * as firmware from "../api/v1alpha1/firmware";
import { kinds } from "../api/v1alpha1/kinds";
import * as machine from "../api/v1alpha1/machine";
import * as nodeAffinity from "../api/v1alpha1/node-affinity";
import * as offlineVirtualMachine from "../api/v1alpha1/offline-virtual-machine";
import * as resources from "../api/v1alpha1/resources";
import * as virtualMachine from "../api/v1alpha1/virtual-machine";
import * as virtualMachinePreset from "../api/v1alpha1/virtual-machine-preset";
import * as virtualMachineReplicaSet from "../api/v1alpha1/virtual-machine-replica-set";
import * as virtualMachineTemplate from "../api/v1alpha1/virtual-machine-template";
import * as volumes from "../api/v1alpha1/volumes";
import * as watchdog from "../api/v1alpha1/watchdog";

/** The part of JSON Schema (draft 7) that the vocabulary's schemas come out as. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly allOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
}

const modules = [
  controlPlane,
  meta,
  labelSelector,
  clock,
  cpu,
  devices,
  disks,
  domainSpec,
  features,
  firmware,
  machine,
  nodeAffinity,
  offlineVirtualMachine,
  resources,
  virtualMachine,
  virtualMachinePreset,
  virtualMachineReplicaSet,
  virtualMachineTemplate,
  volumes,
  watchdog,
];

/** What a program says of an object's metadata and what it gets to know; the rest is the API server's own. */
const metadataOfPrograms: ReadonlySet<string> = new Set(["name", "namespace", "labels", "annotations", "uid"]);

/** Name → schema, sorted by name, the kinds among them. */
export function namedSchemas(): ReadonlyMap<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const module of modules) {
    for (const [name, value] of Object.entries(module)) {
      const isNamed = value instanceof z.ZodObject || value instanceof z.ZodEnum;
      if (isNamed && !registry.has(value)) registry.add(value, { id: name });
    }
  }
  const { schemas } = z.toJSONSchema(registry, { io: "input", target: "draft-7" });
  const entries = Object.entries(schemas) as [string, JsonSchema][];
  const reduced = entries.map(([name, schema]): [string, JsonSchema] => [
    name,
    name === "ObjectMeta" ? withFields(schema, metadataOfPrograms) : schema,
  ]);
  return new Map(reduced.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export type Side = "input" | "output";

/** The one type that is a component's arguments as a whole. */
export const controlPlaneArguments = "ControlPlane";

/**
 * The types that programs meet on one side: those that the kinds' metadata, spec and (as output) status are made of, and
 * (as input) the arguments of the control plane.
 */
export function namedTypes(side: Side): ReadonlyMap<string, JsonSchema> {
  const named = namedSchemas();
  const reached = new Set<string>();
  const reach = (schema: JsonSchema): void => {
    const name = referenceOf(schema);
    if (name !== undefined && !reached.has(name)) {
      reached.add(name);
      const found = named.get(name);
      if (found === undefined) throw new Error(`no schema of provider/api is called ${name}`);
      reach(found);
    }
    for (const inner of innerSchemas(schema)) reach(inner);
  };
  for (const { kind } of kinds) {
    const { metadata, spec, status } = named.get(kind)?.properties ?? {};
    for (const part of [metadata, spec, ...(side === "output" ? [status] : [])]) if (part !== undefined) reach(part);
  }
  if (side === "input") reach({ $ref: controlPlaneArguments });
  return new Map([...named].filter(([name]) => reached.has(name)));
}

export function innerSchemas(schema: JsonSchema): readonly JsonSchema[] {
  const { properties = {}, items, additionalProperties, anyOf = [] } = schema;
  const values = typeof additionalProperties === "object" ? [additionalProperties] : [];
  return [...Object.values(properties), ...(items === undefined ? [] : [items]), ...values, ...anyOf];
}

/** The name a schema refers to, through the wrapper that carries a description of its own. */
export function referenceOf(schema: JsonSchema): string | undefined {
  const reference = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined);
  return reference?.replace(/^.*\//, "");
}

function withFields(schema: JsonSchema, fields: ReadonlySet<string>): JsonSchema {
  const kept = Object.entries(schema.properties ?? {}).filter(([name]) => fields.has(name));
  return { ...schema, properties: Object.fromEntries(kept) };
}
