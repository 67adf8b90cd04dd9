/**
 * What kubectl's client-side apply leaves in an annotation: the configuration as it was last applied. Who goes on with a
 * server-side apply of kubectl's keeps what was applied before, and who goes back finds the annotation as it has to be.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#upgrading-from-client-side-apply-to-server-side-apply
 */
import { annotationBytes } from "../metadata";
import { isRecord, type JsonRecord, type KubeObject } from "../object";
import type { Schema } from "../schema/schema";
import { difference, type FieldSet, nothing, union } from "./field-set";
import { compareValues, fieldsOf } from "./field-walk";

const annotation = "kubectl.kubernetes.io/last-applied-configuration";

/** The name that kubectl gives for itself, and nobody else means this annotation. */
const kubectl = "kubectl";

interface Applier {
  readonly manager: string;
}

/** The object with the annotation renewed, where there is one. */
export function renewLastApplied(object: KubeObject, configuration: JsonRecord, { manager }: Applier): KubeObject {
  const { annotations } = object.metadata;
  if (manager !== kubectl || !annotations?.[annotation]) return object;
  const renewed = { ...annotations, [annotation]: printConfiguration(configuration) };
  return { ...object, metadata: { ...object.metadata, annotations: fits(renewed) ? renewed : without(annotations) } };
}

/**
 * The fields of the annotation that still say what it says: nobody has written them since, so that they are no conflict
 * to kubectl. `partOf` takes out of an object what has managers.
 */
export function lastAppliedFields(
  current: KubeObject,
  { manager }: Applier,
  { schema, partOf }: { readonly schema: Schema; readonly partOf: (object: KubeObject) => JsonRecord },
): FieldSet {
  const text = manager === kubectl ? current.metadata.annotations?.[annotation] : undefined;
  const configuration = text === undefined ? undefined : parseConfiguration(text, current);
  if (configuration === undefined) return nothing;
  const applied = partOf(configuration);
  const { changed, removed } = compareValues(applied, partOf(current), schema);
  return difference(fieldsOf(applied, schema), union(changed, removed));
}

/** Undefined for what no configuration of the object can be: anybody may write annotations. */
function parseConfiguration(text: string, { apiVersion, kind, metadata }: KubeObject): KubeObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value) || !isRecord(value.metadata)) return undefined;
    return { ...value, apiVersion, kind, metadata: { ...value.metadata, name: metadata.name } };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** As kubectl writes it: keys in their order, in one line with an end, and without the annotation itself. */
function printConfiguration(configuration: JsonRecord): string {
  const { metadata } = configuration;
  const annotations = isRecord(metadata) ? metadata.annotations : undefined;
  const bare = isRecord(annotations)
    ? { ...configuration, metadata: { ...Object(metadata), annotations: without(annotations) } }
    : configuration;
  return `${escaped(JSON.stringify(bare, inOrder))}\n`;
}

function inOrder(_key: string, value: unknown): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Characters that mean something in HTML are written as numbers. */
function escaped(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function without<T>(annotations: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  const { [annotation]: _, ...others } = annotations;
  return others;
}

function fits(annotations: Readonly<Record<string, string>>): boolean {
  const bytes = Object.entries(annotations).map(([key, value]) => Buffer.byteLength(key) + Buffer.byteLength(value));
  return bytes.reduce((sum, each) => sum + each, 0) <= annotationBytes;
}
