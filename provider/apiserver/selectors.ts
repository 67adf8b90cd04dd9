/**
 * Label and field selectors as they come in a query string. Owns their grammar and the predicate made of them.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
import type { KubeObject } from "./object";
import type { ResourceDefinition } from "./registry";
import { badRequest } from "./status";

export type Predicate = (object: KubeObject) => boolean;

const labelName = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^(?:[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?$/;
const setRequirement = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/;
const valueRequirement = /^([^\s=!<>]+)\s*(==|=|!=|>|<)\s*([^\s=!<>]*)$/;

/** @throws ApiError 400 when the selector does not parse. */
export function parseLabelSelector(text: string): Predicate {
  const requirements = splitOutsideParentheses(text).map((part) => parseLabelRequirement(part));
  return (object) => requirements.every((requirement) => requirement(object.metadata.labels ?? {}));
}

type LabelRequirement = (labels: Readonly<Record<string, string>>) => boolean;

function parseLabelRequirement(text: string): LabelRequirement {
  const set = setRequirement.exec(text);
  if (set !== null) {
    const key = checkedKey(set[1] ?? "", text);
    const values = new Set((set[3] ?? "").split(",").map((value) => checkedValue(value.trim(), text)));
    return set[2] === "in"
      ? (labels) => Object.hasOwn(labels, key) && values.has(labels[key] ?? "")
      : (labels) => !Object.hasOwn(labels, key) || !values.has(labels[key] ?? "");
  }
  const comparison = valueRequirement.exec(text);
  if (comparison !== null) {
    const key = checkedKey(comparison[1] ?? "", text);
    const value = checkedValue(comparison[3] ?? "", text);
    if (/[<>]/.test(comparison[2] ?? "") && !/^-?\d+$/.test(value)) {
      throw unparsable("label", text, `${JSON.stringify(value)} is not a whole number`);
    }
    switch (comparison[2]) {
      case "!=":
        return (labels) => !Object.hasOwn(labels, key) || labels[key] !== value;
      case ">":
        return (labels) => Object.hasOwn(labels, key) && Number(labels[key]) > Number(value);
      case "<":
        return (labels) => Object.hasOwn(labels, key) && Number(labels[key]) < Number(value);
      default:
        return (labels) => Object.hasOwn(labels, key) && labels[key] === value;
    }
  }
  if (text.startsWith("!")) {
    const key = checkedKey(text.slice(1).trim(), text);
    return (labels) => !Object.hasOwn(labels, key);
  }
  const key = checkedKey(text, text);
  return (labels) => Object.hasOwn(labels, key);
}

function checkedKey(key: string, requirement: string): string {
  if (!labelName.test(key)) throw unparsable("label", requirement, `${JSON.stringify(key)} is not a label key`);
  return key;
}

function checkedValue(value: string, requirement: string): string {
  if (!labelValue.test(value)) throw unparsable("label", requirement, `${JSON.stringify(value)} is not a label value`);
  return value;
}

/** @throws ApiError 400 when it does not parse or names a field that the resource does not offer. */
export function parseFieldSelector(text: string, definition: ResourceDefinition): Predicate {
  const requirements = fieldRequirements(text).map((part) => parseFieldRequirement(part, definition));
  return (object) => requirements.every((requirement) => requirement(object));
}

function fieldRequirements(text: string): readonly string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function parseFieldRequirement(text: string, definition: ResourceDefinition): Predicate {
  const { field, negative, value } = splitFieldRequirement(text);
  const read = fieldReader(field, definition);
  return negative ? (object) => read(object) !== value : (object) => read(object) === value;
}

function splitFieldRequirement(text: string) {
  const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(text);
  if (match === null) throw unparsable("field", text, "it has no =, == or !=");
  const value = (match[3] ?? "").replace(/\\([\\,=])/g, "$1");
  return { field: match[1] ?? "", negative: match[2] === "!=", value };
}

/** Whether a field selector asks for that very name. @throws ApiError 400 */
export function namesExactly(text: string, name: string): boolean {
  return fieldRequirements(text).some((part) => {
    const { field, negative, value } = splitFieldRequirement(part);
    return field === "metadata.name" && !negative && value === name;
  });
}

function fieldReader(field: string, definition: ResourceDefinition): (object: KubeObject) => string {
  if (field === "metadata.name") return (object) => object.metadata.name;
  if (field === "metadata.namespace") return (object) => object.metadata.namespace ?? "";
  const read = Object.hasOwn(definition.selectableFields, field) ? definition.selectableFields[field] : undefined;
  if (read !== undefined) return read;
  const known = ["metadata.name", "metadata.namespace", ...Object.keys(definition.selectableFields)];
  throw badRequest(
    `${JSON.stringify(field)} is not a known field selector of ${definition.plural}: only ${known.map((each) => JSON.stringify(each)).join(", ")}`,
  );
}

function unparsable(kind: "label" | "field", text: string, why: string): Error {
  return badRequest(`unable to parse ${kind} selector requirement ${JSON.stringify(text)}: ${why}`);
}

function splitOutsideParentheses(text: string): readonly string[] {
  if (text.trim() === "") return [];
  const parts = text.split(/,(?![^()]*\))/).map((part) => part.trim());
  if (parts.includes("")) throw unparsable("label", text, "nothing is before or after a comma");
  return parts;
}
