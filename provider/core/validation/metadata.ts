/** Checks `metadata`: what a person sets there must be something that Kubernetes accepts. */
import { longestName } from "../../api/names";
import { joinPath } from "../field-path";
import { child, isObject } from "../json-tree";
import type { FaultList } from "./faults";
import { faultOfDnsLabel, faultOfDnsSubdomain, faultOfLabelKey, faultOfLabelValue } from "./names";

/** All annotations of an object together, in characters. */
const mostAnnotationText = 256 * 1024;

/** Checks an object's metadata. */
export function validateMetadata(faults: FaultList, metadata: unknown, field: string): void {
  if (!isObject(metadata)) return;
  const name = child(metadata, "name");
  const generateName = child(metadata, "generateName");
  if ((name === undefined || name === "") && (generateName === undefined || generateName === "")) {
    faults.required(`${field}.name`, "must be given, or `generateName` with the beginning of a name");
  }
  validateTemplateMetadata(faults, metadata, field);
}

/** Checks the metadata of a template, which may leave the name to the object that the template is in. */
export function validateTemplateMetadata(faults: FaultList, metadata: unknown, field: string): void {
  if (!isObject(metadata)) return;
  validateNameFields(faults, metadata, field);
  validateLabels(faults, child(metadata, "labels"), `${field}.labels`);
  validateAnnotations(faults, child(metadata, "annotations"), `${field}.annotations`);
}

function validateNameFields(faults: FaultList, metadata: unknown, field: string): void {
  const name = child(metadata, "name");
  const generateName = child(metadata, "generateName");
  const namespace = child(metadata, "namespace");
  if (typeof name === "string" && name !== "") {
    const fault = faultOfDnsSubdomain(name, longestName);
    if (fault !== undefined) faults.invalid(`${field}.name`, name, fault);
  }
  if (typeof generateName === "string" && generateName !== "") {
    // A beginning may end with '-' or '.'; what the server appends makes it whole.
    const fault = faultOfDnsSubdomain(`${generateName}x`, longestName);
    if (fault !== undefined) faults.invalid(`${field}.generateName`, generateName, fault);
  }
  if (typeof namespace === "string" && namespace !== "") {
    const fault = faultOfDnsLabel(namespace);
    if (fault !== undefined) faults.invalid(`${field}.namespace`, namespace, fault);
  }
}

/** Checks a map of labels, such as `metadata.labels`, `matchLabels` or `nodeSelector`. */
export function validateLabels(faults: FaultList, labels: unknown, field: string): void {
  if (!isObject(labels)) return;
  for (const [key, value] of Object.entries(labels)) {
    const keyFault = faultOfLabelKey(key);
    if (keyFault !== undefined) faults.invalid(field, key, keyFault);
    const valueFault = typeof value === "string" ? faultOfLabelValue(value) : undefined;
    if (valueFault !== undefined) faults.invalid(joinPath(field, key), value, valueFault);
  }
}

function validateAnnotations(faults: FaultList, annotations: unknown, field: string): void {
  if (!isObject(annotations)) return;
  let characters = 0;
  for (const [key, value] of Object.entries(annotations)) {
    const fault = faultOfLabelKey(key);
    if (fault !== undefined) faults.invalid(field, key, fault);
    characters += key.length + (typeof value === "string" ? value.length : 0);
  }
  if (characters > mostAnnotationText) {
    faults.add("FieldValueTooLong", field, undefined, `must have at most ${mostAnnotationText} characters altogether`);
  }
}
