/**
 * Every schema of the vocabulary that has a name, as JSON Schema with references between them. The name is the one the
 * schema is exported under in provider/api, so adding a section there is all it takes to see it here.
 */
import { z } from "zod";
import * as labelSelector from "../api/label-selector";
import * as meta from "../api/meta";
import * as clock from "../api/v1alpha1/clock";
import * as cpu from "../api/v1alpha1/cpu";
import * as devices from "../api/v1alpha1/devices";
import * as disks from "../api/v1alpha1/disks";
import * as domainSpec from "../api/v1alpha1/domain-spec";
import * as features from "../api/v1alpha1/features";
import * as firmware from "../api/v1alpha1/firmware";
import * as machine from "../api/v1alpha1/machine";
import * as nodeAffinity from "../api/v1alpha1/node-affinity";
import * as resources from "../api/v1alpha1/resources";
import * as virtualMachine from "../api/v1alpha1/virtual-machine";
import * as virtualMachinePreset from "../api/v1alpha1/virtual-machine-preset";
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
  resources,
  virtualMachine,
  virtualMachinePreset,
  volumes,
  watchdog,
];

/** Name → schema, sorted by name. */
export function namedSchemas(): ReadonlyMap<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const module of modules) {
    for (const [name, value] of Object.entries(module)) {
      if (value instanceof z.ZodObject && !registry.has(value)) registry.add(value, { id: name });
    }
  }
  const { schemas } = z.toJSONSchema(registry, { io: "input", target: "draft-7" });
  const entries = Object.entries(schemas) as [string, JsonSchema][];
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The name a schema refers to, through the wrapper that carries a description of its own. */
export function referenceOf(schema: JsonSchema): string | undefined {
  const reference = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined);
  return reference?.replace(/^.*\//, "");
}
