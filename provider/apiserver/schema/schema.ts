/**
 * The schema of a resource as the server itself needs it: which fields there are, which lists are merged by a key and
 * which values are taken whole. The dialect is that of custom resource definitions. Where nothing is declared, fields
 * are taken one by one and lists whole.
 */
export interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly format?: string;
  readonly nullable?: true;
  /** What stands for null. */
  readonly default?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly required?: readonly string[];
  readonly "x-kubernetes-int-or-string"?: true;
  readonly "x-kubernetes-preserve-unknown-fields"?: true;
  readonly "x-kubernetes-list-type"?: "map" | "set" | "atomic";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-map-type"?: "atomic" | "granular";
}

/** What is below a field or key of an object. */
export function schemaOfField(schema: Schema | undefined, key: string): Schema | undefined {
  const { properties, additionalProperties } = schema ?? {};
  return properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
}

/** Whether the schema names the field, which a key of a map is not. */
export function declaresField(schema: Schema | undefined, key: string): boolean {
  return schema?.properties !== undefined && Object.hasOwn(schema.properties, key);
}
