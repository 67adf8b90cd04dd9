/**
 * Reads protobuf messages into JSON records by tables of fields. Owns the wire format, and no more of it than the
 * Kubernetes types use: varints, strings, bytes, messages, repeated fields and maps with text keys.
 * https://protobuf.dev/programming-guides/encoding/
 */
import type { JsonRecord } from "../object";

export type FieldType =
  | "string"
  | "bytes"
  | "integer"
  | "boolean"
  | { readonly message: Message }
  | { readonly list: FieldType }
  | { readonly map: FieldType }
  /** A message that JSON has another form for. */
  | { readonly converted: Message; readonly to: (fields: JsonRecord) => unknown };

/** Fields by their number. */
export type Message = Readonly<Record<number, readonly [name: string, type: FieldType]>>;

export class WireError extends Error {
  override readonly name = "WireError";
}

interface RawField {
  readonly number: number;
  /** A varint's value, or the bytes of everything else. */
  readonly value: bigint | Uint8Array;
}

const deepest = 32;

/** Unknown fields are skipped, as protobuf wants. @throws WireError for bytes that are no message */
export function readMessage(bytes: Uint8Array, message: Message, depth = 0): JsonRecord {
  if (depth > deepest) throw new WireError("the message is nested too deep");
  const fields = new Map<string, unknown>();
  for (const { number, value } of rawFields(bytes)) {
    const known = message[number];
    if (known === undefined) continue;
    const [name, type] = known;
    fields.set(name, combine(fields.get(name), value, type, depth));
  }
  return Object.fromEntries(fields);
}

function combine(before: unknown, value: RawField["value"], type: FieldType, depth: number): unknown {
  if (typeof type === "string") return readScalar(value, type);
  if ("list" in type) return [...(Array.isArray(before) ? before : []), combine(undefined, value, type.list, depth)];
  if ("map" in type) {
    const entry = readMessage(bytesOf(value), { 1: ["key", "string"], 2: ["value", type.map] }, depth + 1);
    const entries = typeof before === "object" && before !== null ? Object.entries(before) : [];
    return Object.fromEntries([...entries, [String(entry.key ?? ""), entry.value ?? ""]]);
  }
  if ("message" in type) return readMessage(bytesOf(value), type.message, depth + 1);
  return type.to(readMessage(bytesOf(value), type.converted, depth + 1));
}

function readScalar(value: RawField["value"], type: "string" | "bytes" | "integer" | "boolean"): unknown {
  switch (type) {
    case "string":
      return decodeText(bytesOf(value));
    case "bytes":
      return Buffer.from(bytesOf(value)).toString("base64");
    case "integer":
      return Number(BigInt.asIntN(64, varintOf(value)));
    case "boolean":
      return varintOf(value) !== 0n;
  }
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new WireError("a text is not UTF-8", { cause: error });
  }
}

function bytesOf(value: RawField["value"]): Uint8Array {
  if (typeof value === "bigint") throw new WireError("a number stands where bytes belong");
  return value;
}

function varintOf(value: RawField["value"]): bigint {
  if (typeof value !== "bigint") throw new WireError("bytes stand where a number belongs");
  return value;
}

function* rawFields(bytes: Uint8Array): Generator<RawField> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new WireError("a number is cut off or too long");
  };
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) throw new WireError("a field is longer than the message");
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield { number, value: varint() };
        break;
      case 1:
        yield { number, value: take(8) };
        break;
      case 2:
        yield { number, value: take(Number(varint())) };
        break;
      case 5:
        yield { number, value: take(4) };
        break;
      default:
        throw new WireError(`wire type ${tag % 8} is not used by Kubernetes`);
    }
  }
}
