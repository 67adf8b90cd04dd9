/**
 * What the server serves. Owns the definition of a resource, the one thing the verbs, discovery, tables and OpenAPI
 * read, and the lookup of definitions by group, version and plural. A new resource is a new definition; no verb knows
 * a kind.
 */
import type { FieldError } from "../core/field-error";
import type { FieldRules } from "./fields/managers";
import type { JsonRecord, KubeObject } from "./object";
import type { Schema } from "./schema/schema";

export interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  /** "name" on the column that holds the object's name. */
  readonly format?: "name";
  readonly description: string;
  /** Columns above 0 are shown with `-o wide` only. */
  readonly priority?: number;
  /** `now` in milliseconds, for ages. */
  readonly cell: (object: KubeObject, now: number) => string | number | boolean | null;
}

export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

export interface Validation {
  readonly errors: readonly FieldError[];
  readonly warnings: readonly FieldError[];
}

export const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"] as const;
export type Verb = (typeof verbs)[number];

export interface ResourceDefinition {
  /** "" for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  /** Unlisted resources answer requests but are left out of discovery and OpenAPI. */
  readonly listed: boolean;
  readonly columns: readonly Column[];
  readonly subresources: { readonly status: boolean; readonly scale?: ScalePaths };
  /** Whether strategic merge patches are understood; custom kinds refuse them as Kubernetes does. */
  readonly strategicMerge: boolean;
  /** Whether writers of fields are recorded; not worth it for what changes all the time and has one writer. */
  readonly tracksFields: boolean;
  /** Fields other than metadata.name and metadata.namespace that a field selector may name. */
  readonly selectableFields: Readonly<Record<string, (object: KubeObject) => string>>;
  /** Fills what the server owns in an object about to be stored. */
  readonly prepare?: (object: KubeObject, old: KubeObject | undefined) => KubeObject;
  /** The same for what is written through the status subresource. */
  readonly prepareStatus?: (object: KubeObject) => KubeObject;
  /** Adds to a new object what nobody who writes it says, and nobody is recorded as the writer of. */
  readonly complete?: (object: KubeObject) => KubeObject;
  /** Parts that every object has, whether its writer says something of them or not. */
  readonly alwaysThere?: JsonRecord;
  /** Whether the object, being deleted, waits for more than its finalizers: a namespace, for its contents. */
  readonly heldBySpec?: (object: KubeObject) => boolean;
  /** Whether a deletion is answered with the object, also when it is gone. */
  readonly answersWithDeleted?: boolean;
  /** @throws ApiError 403 for an object that must never be deleted. */
  readonly refuseDelete?: (object: KubeObject) => void;
  readonly validate: (object: KubeObject, old: KubeObject | undefined) => Validation;
  /** Faults of what is written through the status subresource. */
  readonly validateStatus?: (object: KubeObject) => readonly FieldError[];
  /** Custom kinds are named in their bodies, and replaced only by who knows the version that is there. */
  readonly custom: boolean;
  /** The schema of the whole object. Made once, when it is first asked for. */
  readonly schema: () => Schema;
  /** Fields that the server itself gives, whoever writes. */
  readonly ownFields?: readonly string[];
  /** Whether changes of what is wanted are counted in metadata.generation. */
  readonly countsGenerations: boolean;
}

export interface Registry {
  readonly definitions: readonly ResourceDefinition[];
  find(group: string, version: string, plural: string): ResourceDefinition | undefined;
  findKind(apiVersion: string, kind: string): ResourceDefinition | undefined;
  hasGroupVersion(group: string, version: string): boolean;
}

export function apiVersionOf(definition: Pick<ResourceDefinition, "group" | "version">): string {
  return definition.group === "" ? definition.version : `${definition.group}/${definition.version}`;
}

/** What a writer of fields must know of a resource. */
export function fieldRulesOf(definition: ResourceDefinition): FieldRules {
  const { ownFields, alwaysThere } = definition;
  return { schema: definition.schema(), hasStatus: definition.subresources.status, ownFields, alwaysThere };
}

export function createRegistry(definitions: readonly ResourceDefinition[]): Registry {
  const byPlural = new Map(definitions.map((each) => [`${apiVersionOf(each)}/${each.plural}`, each]));
  const byKind = new Map(definitions.map((each) => [`${apiVersionOf(each)}/${each.kind}`, each]));
  const groupVersions = new Set(definitions.map(apiVersionOf));
  return {
    definitions,
    find: (group, version, plural) => byPlural.get(`${apiVersionOf({ group, version })}/${plural}`),
    findKind: (apiVersion, kind) => byKind.get(`${apiVersion}/${kind}`),
    hasGroupVersion: (group, version) => groupVersions.has(apiVersionOf({ group, version })),
  };
}
