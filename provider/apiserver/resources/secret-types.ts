/**
 * What a secret of each well-known type has to hold. Values are secret: no fault tells one.
 * https://kubernetes.io/docs/concepts/configuration/secret/#secret-types
 */
import type { FieldError } from "../../core/field-error";
import { isRecord, type KubeObject, textAt, valueAt } from "../object";

type Judge = (secret: KubeObject) => readonly FieldError[];

const judges: Readonly<Record<string, Judge>> = {
  "kubernetes.io/dockercfg": (secret) => jsonFaults(secret, ".dockercfg"),
  "kubernetes.io/dockerconfigjson": (secret) => jsonFaults(secret, ".dockerconfigjson"),
  "kubernetes.io/tls": (secret) => missing(secret, "tls.crt", "tls.key"),
  "kubernetes.io/ssh-auth": (secret) =>
    bytesAt(secret, "ssh-privatekey").length === 0 ? [required("ssh-privatekey")] : [],
  // Either will do; without both, both are named.
  "kubernetes.io/basic-auth": (secret) => {
    const faults = missing(secret, "username", "password");
    return faults.length === 2 ? faults : [];
  },
  "kubernetes.io/service-account-token": ({ metadata }) => {
    const name = "kubernetes.io/service-account.name";
    const detail = "must name the service account that the token is of";
    const field = `metadata.annotations[${name}]`;
    return textAt(metadata, "annotations", name) === "" ? [{ type: "FieldValueRequired", field, detail }] : [];
  },
};

/** Faults of what a secret of its type has to hold; none for types that people make up. */
export function secretTypeFaults(secret: KubeObject): readonly FieldError[] {
  const { type } = secret;
  const judge = typeof type === "string" && Object.hasOwn(judges, type) ? judges[type] : undefined;
  return judge?.(secret) ?? [];
}

function missing(secret: KubeObject, ...keys: readonly string[]): readonly FieldError[] {
  return keys.filter((key) => typeof valueAt(secret, "data", key) !== "string").map(required);
}

function required(key: string): FieldError {
  return { type: "FieldValueRequired", field: `data[${key}]`, detail: "must be given in a secret of this type" };
}

function jsonFaults(secret: KubeObject, key: string): readonly FieldError[] {
  if (missing(secret, key).length > 0) return [required(key)];
  if (isJsonObject(bytesAt(secret, key))) return [];
  return [{ type: "FieldValueInvalid", field: `data[${key}]`, detail: "must be the base64 of a JSON object" }];
}

function bytesAt(secret: KubeObject, key: string): string {
  return Buffer.from(textAt(secret, "data", key), "base64").toString();
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return value === null || isRecord(value);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
