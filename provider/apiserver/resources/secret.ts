/** Secrets and config maps: named pieces of text or bytes. */
import type { FieldError } from "../../core/field-error";
import { isRecord, type KubeObject } from "../object";
import type { ResourceDefinition } from "../registry";
import { ageColumn, textColumn } from "./columns";
import { anything, coreResource, texts } from "./core";

const dataKey = /^[-._a-zA-Z0-9]{1,253}$/;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const longestData = 1024 * 1024;

export const secrets: ResourceDefinition = coreResource({
  kind: "Secret",
  fields: { data: texts, stringData: texts, type: anything, immutable: anything },
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
      ...dataErrors(object, "data", (value) => base64.test(value) || "must be base64"),
      ...immutableErrors(object, old, ["data", "type"]),
    ],
    warnings: [],
  }),
});

export const configMaps: ResourceDefinition = coreResource({
  kind: "ConfigMap",
  fields: { data: texts, binaryData: texts, immutable: anything },
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
  validate: (object, old) => ({
    errors: [
      ...dataErrors(object, "data", () => true),
      ...dataErrors(object, "binaryData", (value) => base64.test(value) || "must be base64"),
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
  if (!isRecord(stringData)) return { ...rest, apiVersion, kind, metadata, type };
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString("base64"),
  ]);
  const data = { ...(isRecord(rest.data) ? rest.data : {}), ...Object.fromEntries(encoded) };
  return { ...rest, apiVersion, kind, metadata, type, data };
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
    if (!dataKey.test(key)) {
      const detail = "a key consists of at most 253 letters, digits, '-', '_' or '.'";
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

function immutableErrors(
  object: KubeObject,
  old: KubeObject | undefined,
  fields: readonly string[],
): readonly FieldError[] {
  const changed = (field: string) => JSON.stringify(old?.[field]) !== JSON.stringify(object[field]);
  if (old?.immutable === true && object.immutable !== true) {
    return [{ type: "FieldValueForbidden", field: "immutable", detail: "cannot be taken back: make another object" }];
  }
  const frozen = old?.immutable === true ? fields : fields.filter((field) => field === "type");
  return frozen
    .filter((field) => old !== undefined && changed(field))
    .map((field) => ({ type: "FieldValueForbidden", field, detail: "field is immutable" }));
}
