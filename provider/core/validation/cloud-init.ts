/** Checks a `cloudInitNoCloud` volume: one source of user data, valid base64, no more than fits. */
import { mostUserDataBase64Characters, mostUserDataBytes } from "../../api/v1alpha1/volumes";
import { child, isGiven, isObject } from "../json-tree";
import { decodeBase64, utf8Length } from "../text-bytes";
import type { FaultList } from "./faults";

export function validateCloudInit(faults: FaultList, source: unknown, field: string): void {
  if (!isObject(source)) return;
  const userData = child(source, "userData");
  const encoded = child(source, "userDataBase64");
  const secret = child(source, "secretRef");
  if (typeof encoded === "string" && encoded.length > mostUserDataBase64Characters) {
    const detail = `must have at most ${mostUserDataBase64Characters} characters, line breaks included`;
    faults.add("FieldValueTooLong", `${field}.userDataBase64`, undefined, detail);
  }
  const decoded = typeof encoded === "string" && !faults.isUnknown(encoded) ? decodeBase64(encoded) : undefined;
  if (typeof encoded === "string" && decoded === undefined) {
    const detail = "is no valid base64: use the standard alphabet with padding, without spaces";
    // User data may hold secrets: the value itself is not repeated.
    if (!faults.isUnknown(encoded)) faults.invalid(`${field}.userDataBase64`, undefined, detail);
  }
  validateSource(faults, [secret, encoded, userData], field);
  const bytes = typeof userData === "string" && userData !== "" ? knownBytes(faults, userData) : (decoded?.length ?? 0);
  if (bytes > mostUserDataBytes) {
    faults.invalid(
      field,
      undefined,
      `user data has ${bytes} bytes; at most ${mostUserDataBytes} fit: fetch the rest from the guest, or use \`secretRef\``,
    );
  }
}

/** Bytes of the text, or 0 where they cannot be too many: not known yet, or too short whatever its characters. */
function knownBytes(faults: FaultList, text: string): number {
  const mostBytesOfOne = 3;
  return text.length * mostBytesOfOne <= mostUserDataBytes || faults.isUnknown(text) ? 0 : utf8Length(text);
}

function validateSource(faults: FaultList, [secret, encoded, userData]: readonly unknown[], field: string): void {
  const secretName = child(secret, "name");
  const namesSecret = isFilled(secretName);
  const known = [secretName, encoded, userData].filter((value) => isFilled(value) && !faults.isUnknown(value)).length;
  const possible = [secret, secretName, encoded, userData].filter((value) => faults.isUnknown(value)).length + known;
  if (isObject(secret) && !namesSecret && possible > 0) {
    const detail = "names no secret; leave it out, or give its `name` and no other user data";
    faults.invalid(`${field}.secretRef`, undefined, detail);
  }
  if (known > 1 || possible === 0) {
    const found = known === 0 ? "none is" : `${known} are`;
    const detail = `must have exactly one of secretRef (with a name), userDataBase64 and userData, but ${found} given`;
    faults.invalid(field, undefined, detail);
  }
}

function isFilled(value: unknown): boolean {
  return isGiven(value) && value !== "";
}
