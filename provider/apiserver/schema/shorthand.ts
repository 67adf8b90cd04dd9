/** Schemas in few words, for kinds whose fields are written down by hand. Descriptions are what `kubectl explain` prints. */
import type { Schema } from "./schema";

type Fields = Readonly<Record<string, Schema>>;

/** Fields and values of any kind. */
export const anything: Schema = { "x-kubernetes-preserve-unknown-fields": true };
const string: Schema = { type: "string" };

export const text = (description: string): Schema => ({ ...string, description });
export const flag = (description: string): Schema => ({ type: "boolean", description });
export const count = (description: string): Schema => ({ type: "integer", description });
/** RFC 3339, such as 2026-01-31T12:00:00Z. */
export const time = (description: string): Schema => ({ ...string, format: "date-time", description });
/** A time, or null for none. */
export const timeOrNull = (description: string): Schema => ({ ...time(description), nullable: true });
/** Names to amounts, such as memory to 64Mi. */
export const amounts = (description: string): Schema => ({
  type: "object",
  description,
  additionalProperties: { format: "quantity", "x-kubernetes-int-or-string": true },
});
export const texts = (description: string): Schema => ({
  type: "object",
  description,
  additionalProperties: { ...string, default: "" },
});
/** Names to bytes, as base64. */
export const bytes = (description: string): Schema => ({
  type: "object",
  description,
  additionalProperties: { ...string, format: "byte", default: "" },
});

export const record = (description: string, properties: Fields): Schema => ({
  type: "object",
  description,
  properties,
});
/** A record that may have fields beside those. */
export const openRecord = (description: string, properties: Fields): Schema => ({
  ...record(description, properties),
  "x-kubernetes-preserve-unknown-fields": true,
});
/** Texts that are taken as one value. */
export const textList = (description: string): Schema => ({
  type: "array",
  description,
  items: string,
  "x-kubernetes-list-type": "atomic",
});
/** Records of which there is one for each value of the keys. */
export const listBy = (keys: readonly string[], description: string, item: Schema): Schema => ({
  type: "array",
  description,
  items: item,
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": keys,
});

/** Conditions of built-in kinds, one of each type, with the fields that only those of one kind have. */
export const conditions = (description: string, fields: Fields = {}): Schema =>
  listBy(
    ["type"],
    description,
    openRecord("A condition.", {
      type: { ...text("What the condition is of."), default: "" },
      status: text("True, False or Unknown."),
      reason: text("One word for programs."),
      message: text("A sentence for people."),
      lastTransitionTime: timeOrNull("When the status changed last."),
      ...fields,
    }),
  );

/** Which objects are meant, by their labels. */
export const labelSelector = (description: string): Schema => ({
  ...record(description, {
    matchLabels: texts("Labels that an object has to have."),
    matchExpressions: {
      type: "array",
      description: "Demands on labels, all of which have to be met.",
      "x-kubernetes-list-type": "atomic",
      items: record("A demand on a label.", {
        key: text("The label's key."),
        operator: text("In, NotIn, Exists or DoesNotExist."),
        values: textList("Values for In and NotIn."),
      }),
    },
  }),
  "x-kubernetes-map-type": "atomic",
});

/** Another object, or a part of one. */
export const objectReference = (description: string): Schema => ({
  ...record(description, {
    apiVersion: text("Its group and version."),
    kind: text("Its kind."),
    namespace: text("Its namespace."),
    name: text("Its name."),
    uid: text("Its uid."),
    resourceVersion: text("The revision that is meant."),
    fieldPath: text("The part that is meant, such as spec.volumes{root}."),
  }),
  "x-kubernetes-map-type": "atomic",
});
