/** Secrets and config maps: named pieces of text or bytes. */
import type { FieldError } from "../../core/field-error";
import { isEmpty } from "../fields/field-set";
import { isBase64 } from "../fields/typed";
import { isRecord, type KubeObject } from "../object";
import type { ResourceDefinition } from "../registry";
import { bytes, flag, text, texts } from "../schema/shorthand";
import { ageColumn, textColumn } from "./columns";
import { coreResource } from "./core";
import { secretTypeFaults } from "./secret-types";

const dataKey = /^[-._a-zA-Z0-9]{1,253}$/;
const longestData = 1024 * 1024;

export const secrets: ResourceDefinition = coreResource({
  kind: "Secret",
  description: "Small pieces of data that are nobody's business: passwords, keys, credentials of registries.",
  fields: {
    data: bytes("The data by key, as base64."),
    stringData: texts("Data by key as plain text; it is stored among data, and never read back from here."),
    type: text("What the secret is for, such as Opaque or kubernetes.io/dockerconfigjson; never changes."),
    immutable: flag("Whether the data can never be changed again."),
  },
  plural: "secrets",
  singular: "secret",
  columns: [
    textColumn("Type", "What the secret is for.", (object) => (typeof object.type === "string" ? object.type : "")),
    { name: "Data", type: "integer", description: "Number of keys.", cell: (object) => countKeys(object, "data") },
    ageColumn,
  ],
  selectableFields: { type: (object) => (typeof object.type === "string" ? object.type : "") },
  prepare: prepareSecret,
  validate: (object, old) => ({
    errors: [
      ...dataErrors(object, "data", (value) => isBase64(value) || "must be base64"),
      ...typeErrors(object, old),
      ...secretTypeFaults(object),
      ...immutableErrors(object, old, ["data"]),
    ],
    warnings: [],
  }),
});

export const configMaps: ResourceDefinition = coreResource({
  kind: "ConfigMap",
  description: "Small pieces of text or bytes by key.",
  fields: {
    data: texts("The texts by key."),
    binaryData: bytes("Bytes by key, as base64; no key is in data too."),
    immutable: flag("Whether the data can never be changed again."),
  },
  plural: "configmaps",
  singular: "configmap",
  shortNames: ["cm"],
  columns: [
    {
      name: "Data",
      type: "integer",
      description: "Number of keys.",
      cell: (object) => countKeys(object, "data") + countKeys(object, "binaryData"),
    },
    ageColumn,
  ],
  prepare: (object) => withTidyData(object, ["binaryData"]),
  validate: (object, old) => ({
    errors: [
      ...dataErrors(object, "data", () => true),
      ...dataErrors(object, "binaryData", (value) => isBase64(value) || "must be base64"),
      ...keysGivenTwice(object),
      ...immutableErrors(object, old, ["data", "binaryData"]),
    ],
    warnings: [],
  }),
});

/** `stringData` is a way to write only: it is folded into `data`. */
function prepareSecret(object: KubeObject): KubeObject {
  const { stringData, apiVersion, kind, metadata, ...rest } = object;
  const type = typeof rest.type === "string" && rest.type !== "" ? rest.type : "Opaque";
  if (!isRecord(stringData)) return withTidyData({ ...rest, apiVersion, kind, metadata, type }, ["data"]);
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString("base64"),
  ]);
  const data = { ...(isRecord(rest.data) ? rest.data : {}), ...Object.fromEntries(encoded) };
  return withTidyData({ ...rest, apiVersion, kind, metadata, type, data }, ["data"]);
}

/** A map without keys is not there, and of bytes there is one spelling, whoever breaks its lines. */
function withTidyData(object: KubeObject, byteFields: readonly string[]): KubeObject {
  const { apiVersion, kind, metadata, ...fields } = object;
  const kept = Object.entries(fields).filter(
    ([field, value]) => !((field === "data" || field === "binaryData") && isRecord(value) && isEmpty(value)),
  );
  const tidy = kept.map(([field, value]) => [field, byteFields.includes(field) ? withoutLineBreaks(value) : value]);
  return { ...Object.fromEntries(tidy), apiVersion, kind, metadata };
}

function withoutLineBreaks(values: unknown): unknown {
  if (!isRecord(values)) return values;
  const isBroken = (value: unknown): value is string => typeof value === "string" && /[\r\n]/.test(value);
  if (!Object.values(values).some(isBroken)) return values;
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, isBroken(value) ? value.replace(/[\r\n]/g, "") : value]),
  );
}

function countKeys(object: KubeObject, field: string): number {
  const value = object[field];
  return isRecord(value) ? Object.keys(value).length : 0;
}

/** Values are secret: they never appear in a fault. */
function dataErrors(object: KubeObject, field: string, judge: (value: string) => true | string): readonly FieldError[] {
  const data = object[field];
  if (data === undefined || data === null) return [];
  if (!isRecord(data)) return [{ type: "FieldValueTypeInvalid", field, detail: "must be a map of strings" }];
  const errors: FieldError[] = [];
  let length = 0;
  for (const [key, value] of Object.entries(data)) {
    const path = `${field}[${key}]`;
    if (!dataKey.test(key) || key === "." || key.startsWith("..")) {
      const detail = "a key consists of at most 253 letters, digits, '-', '_' or '.', and does not begin with '..'";
      errors.push({ type: "FieldValueInvalid", field: path, badValue: key, detail });
    }
    if (typeof value !== "string") {
      errors.push({ type: "FieldValueTypeInvalid", field: path, detail: "must be a string" });
      continue;
    }
    length += value.length;
    const verdict = judge(value);
    if (verdict !== true) errors.push({ type: "FieldValueInvalid", field: path, detail: verdict });
  }
  if (length > longestData * 1.4) {
    errors.push({ type: "FieldValueTooLong", field, detail: `must have at most ${longestData} bytes in all` });
  }
  return errors;
}

function keysGivenTwice({ data, binaryData }: KubeObject): readonly FieldError[] {
  const [texts, bytes] = [isRecord(data) ? data : {}, isRecord(binaryData) ? binaryData : {}];
  return Object.keys(texts)
    .filter((key) => Object.hasOwn(bytes, key))
    .map((key) => ({
      type: "FieldValueInvalid",
      field: `data[${key}]`,
      badValue: key,
      detail: "is in binaryData too",
    }));
}

function typeErrors({ type }: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  if (old === undefined || old.type === type) return [];
  return [{ type: "FieldValueInvalid", field: "type", badValue: type, detail: "field is immutable" }];
}

function immutableErrors(
  object: KubeObject,
  old: KubeObject | undefined,
  fields: readonly string[],
): readonly FieldError[] {
  const changed = (field: string) => JSON.stringify(old?.[field]) !== JSON.stringify(object[field]);
  if (old?.immutable === true && object.immutable !== true) {
    return [{ type: "FieldValueForbidden", field: "immutable", detail: "cannot be taken back: make another object" }];
  }
  if (old?.immutable !== true) return [];
  return fields
    .filter(changed)
    .map((field) => ({ type: "FieldValueForbidden", field, detail: "field is immutable when immutable is set" }));
}
