/**
 * What a Kubernetes API server should know of a schema beyond its structure: the rules that cross fields, which field
 * names the items of a list, and bounds that follow from rules of `core/validation`. Declared beside the schema that it
 * concerns; the custom resource definitions, `kubectl explain` and the reference pages are derived from it, and a table
 * of seeded faults checks that an API server and `core/validation` refuse the same objects.
 */
import { z } from "zod";

/** A rule in the expression language of Kubernetes: https://kubernetes.io/docs/reference/using-api/cel/ */
export interface CrossFieldRule {
  /** An expression that is true when the rule is kept. `self` is the value that the schema describes. */
  readonly rule: string;
  /** What must be so: a sentence without its full stop, which every message begins with. */
  readonly message: string;
  /** An expression of a text that begins with the message and goes on with what is so instead. */
  readonly messageExpression?: string;
  /** The field at fault below the value, such as `.requests`. Default: the value itself. */
  readonly fieldPath?: string;
  readonly reason?: "FieldValueRequired" | "FieldValueForbidden" | "FieldValueInvalid";
}

export interface KubernetesHints {
  readonly rules?: readonly CrossFieldRule[];
  /** The field by which the items of a list are told apart: no two may share it, and appliers merge by it. */
  readonly itemKey?: string;
  /** Whether appliers own the whole object: it is replaced, never merged field by field. */
  readonly atomic?: true;
  /** Constraints that a validation rule implies, where a schema of structure alone has none or a wider one. */
  readonly implied?: ImpliedConstraints;
}

export interface ImpliedConstraints {
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly minItems?: number;
  readonly maxProperties?: number;
}

/** A text as the expression language spells it. */
export function celText(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

const registry = z.registry<KubernetesHints>();

/** The schema itself, with hints. What is made of it, such as a description, has them too. */
export function withHints<Schema extends z.ZodType>(schema: Schema, hints: KubernetesHints): Schema {
  registry.add(schema, hints);
  return schema;
}

export function hintsOf(schema: z.core.$ZodType): KubernetesHints | undefined {
  return registry.get(schema);
}

/** A list whose items are told apart by their field `key`. */
export function keyedList<Item extends z.ZodObject>(item: Item, key: keyof Item["shape"] & string, most: number) {
  return withHints(z.array(item).max(most), { itemKey: key });
}
