/**
 * Property values as Pulumi's engine sends them: JSON in which objects with a signature stand for secrets, outputs,
 * resources and assets, and some texts for values that a preview does not know. Owns their way in and out; which values
 * are secret is kept beside the plain JSON, by their paths.
 * https://github.com/pulumi/pulumi/blob/master/docs/architecture/providers/implementers-guide.md
 */
import { ListValue, NullValue, Struct, Value } from "google-protobuf/google/protobuf/struct_pb";
import type { FieldError } from "../core/field-error";
import { formatPath } from "../core/field-path";
import { type Fields, isFields, unknownMarker } from "../lifecycle/inputs";
import { type Path, Secrets } from "./secrets";

export interface Received {
  readonly fields: Fields;
  readonly secrets: Secrets;
  /** Values that no argument of this provider can have, such as files. */
  readonly faults: readonly FieldError[];
}

const signatureKey = "4dabf18193072939515e22adb298388d";
const signatures = {
  secret: "1b47061264138c4ac30d75fd1eb44270",
  output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
  asset: "c44067f5952c0a294b673a41bacd8c17",
  archive: "0def7320c3a5731c473e5ecbe6d01bc7",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
} as const;

/** What stands for an unknown value, by the type that it will have. */
const unknownMarkers = new Set([
  unknownMarker,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // list
  "030794c1-ac77-496b-92df-f27374a8bd58", // asset
  "e48ece36-62e2-4504-bad9-02848725956a", // archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

/** Plain JSON, with one marker for every unknown value; undefined counts as no properties. */
export function receive(struct: Struct | undefined): Received {
  const secrets = new Secrets();
  const faults: FieldError[] = [];
  const fields = struct === undefined ? {} : receiveFields(struct, [], { secrets, faults });
  return { fields, secrets, faults };
}

interface Found {
  readonly secrets: Secrets;
  readonly faults: FieldError[];
}

function receiveFields(struct: Struct, path: Path, found: Found): Fields {
  const entries = [...struct.getFieldsMap().entries()];
  return Object.fromEntries(entries.map(([key, value]) => [key, receiveValue(value, [...path, key], found)]));
}

function receiveValue(value: Value, path: Path, found: Found): unknown {
  switch (value.getKindCase()) {
    case Value.KindCase.STRING_VALUE: {
      const text = value.getStringValue();
      return unknownMarkers.has(text) ? unknownMarker : text;
    }
    case Value.KindCase.NUMBER_VALUE:
      return value.getNumberValue();
    case Value.KindCase.BOOL_VALUE:
      return value.getBoolValue();
    case Value.KindCase.LIST_VALUE:
      return (value.getListValue()?.getValuesList() ?? []).map((item, index) =>
        receiveValue(item, [...path, index], found),
      );
    case Value.KindCase.STRUCT_VALUE: {
      const struct = value.getStructValue() ?? new Struct();
      const signature = struct.getFieldsMap().get(signatureKey)?.getStringValue();
      return signature === undefined
        ? receiveFields(struct, path, found)
        : receiveSigned(signature, struct, path, found);
    }
    default:
      return null;
  }
}

function receiveSigned(signature: string, struct: Struct, path: Path, found: Found): unknown {
  const fields = struct.getFieldsMap();
  const inner = fields.get("value");
  const refuse = (what: string): unknown => {
    found.faults.push({
      type: "FieldValueTypeInvalid",
      field: formatPath(path),
      detail: `is ${what}`,
    });
    return unknownMarker;
  };
  switch (signature) {
    case signatures.secret: {
      const value = inner === undefined ? null : receiveValue(inner, path, found);
      found.secrets.add(path, value);
      return value;
    }
    case signatures.output: {
      const value = inner === undefined ? unknownMarker : receiveValue(inner, path, found);
      if (fields.get("secret")?.getBoolValue() === true) found.secrets.add(path, value);
      return value;
    }
    case signatures.asset:
    case signatures.archive:
      return refuse("a file for Pulumi; a machine's fields are text: read the file into the program");
    case signatures.resource:
      return refuse("a whole resource; name one of its outputs, such as its name");
    default:
      return refuse(`of a type that this release does not know (signature ${signature})`);
  }
}

/** What goes to the engine, with the values at these paths as secrets. Undefined fields are left out. */
export function send(fields: Fields, secretPaths: Iterable<Path> = []): Struct {
  return sendFields(fields, [], new Set([...secretPaths].map(formatPath)));
}

function sendFields(fields: Fields, path: Path, secrets: ReadonlySet<string>): Struct {
  const struct = new Struct();
  const map = struct.getFieldsMap();
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) map.set(key, sendValue(value, [...path, key], secrets));
  }
  return struct;
}

function sendValue(value: unknown, path: Path, secrets: ReadonlySet<string>): Value {
  const sent = sendPlain(value, path, secrets);
  if (!secrets.has(formatPath(path))) return sent;
  const struct = new Struct();
  struct.getFieldsMap().set(signatureKey, textValue(signatures.secret)).set("value", sent);
  return structValue(struct);
}

function sendPlain(value: unknown, path: Path, secrets: ReadonlySet<string>): Value {
  const sent = new Value();
  if (typeof value === "string") {
    sent.setStringValue(value);
    return sent;
  }
  if (typeof value === "number") {
    sent.setNumberValue(value);
    return sent;
  }
  if (typeof value === "boolean") {
    sent.setBoolValue(value);
    return sent;
  }
  if (Array.isArray(value)) {
    const list = new ListValue();
    list.setValuesList(value.map((item, index) => sendValue(item, [...path, index], secrets)));
    sent.setListValue(list);
    return sent;
  }
  if (isFields(value)) return structValue(sendFields(value, path, secrets));
  sent.setNullValue(NullValue.NULL_VALUE);
  return sent;
}

function textValue(text: string): Value {
  const value = new Value();
  value.setStringValue(text);
  return value;
}

function structValue(struct: Struct): Value {
  const value = new Value();
  value.setStructValue(struct);
  return value;
}
