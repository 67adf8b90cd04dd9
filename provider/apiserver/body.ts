/**
 * Reads and parses a request's body. Owns the bounds that keep a hostile body from costing more than its own size:
 * bytes, nesting, and keys that would reach into an object's prototype. https://www.rfc-editor.org/rfc/rfc8259
 */
import type { IncomingMessage } from "node:http";
import { findDuplicateKeys } from "./json-duplicates";
import { decodeProtobuf, protobufType } from "./protobuf/decode";
import { ApiError, badRequest, unsupportedMediaType } from "./status";

export const mediaTypes = {
  json: "application/json",
  yaml: "application/yaml",
  jsonPatch: "application/json-patch+json",
  mergePatch: "application/merge-patch+json",
  strategicMergePatch: "application/strategic-merge-patch+json",
  applyPatch: "application/apply-patch+yaml",
} as const;

const yamlTypes = new Set<string>([mediaTypes.yaml, mediaTypes.applyPatch]);
const knownTypes = new Set<string>(Object.values(mediaTypes));

/** As etcd's default request limit, which users of Kubernetes already live with. */
export const longestBody = 3 * 1024 * 1024;
const deepest = 64;
/** The one key that assignment does not take for a key. */
const hostileKey = "__proto__";

/** The media type without its parameters, in lower case; JSON when the header is absent. */
export function mediaTypeOf(request: IncomingMessage): string {
  const header = request.headers["content-type"] ?? "";
  return header.split(";")[0]?.trim().toLowerCase() || mediaTypes.json;
}

export interface Body {
  /** Undefined for an empty body. */
  readonly value: unknown;
  /** Paths of the keys that stand more than once in one object; the last one counts. */
  readonly duplicates: readonly string[];
}

const nothing: Body = { value: undefined, duplicates: [] };

/** @throws ApiError 400, 413, 415 */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return nothing;
  const type = mediaTypeOf(request);
  if (type === protobufType) {
    const value = decodeProtobuf(bytes);
    refuseHostile(value);
    return { value, duplicates: [] };
  }
  return parseText(decodeText(bytes), type);
}

async function parseText(text: string, type: string): Promise<Body> {
  if (!knownTypes.has(type)) throw unsupportedMediaType(type, [...knownTypes]);
  if (text.trim() === "") return nothing;
  if (!yamlTypes.has(type)) return parseJson(text);
  const value = await parseYaml(text);
  refuseHostile(value);
  return { value, duplicates: [] };
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const tooLarge = () =>
    new ApiError(
      413,
      "RequestEntityTooLarge",
      `the body is larger than ${longestBody} bytes: split it into several objects`,
    );
  if (Number(request.headers["content-length"] ?? 0) > longestBody) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    if (length > longestBody) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function decodeText(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw badRequest("the body is not UTF-8", { cause: error });
  }
}

function parseJson(text: string): Body {
  const written = refuseDeepText(text);
  const value = parsedJson(text);
  const read = refuseHostile(value);
  return { value, duplicates: read < written ? findDuplicateKeys(text) : [] };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`the body is not JSON: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

async function parseYaml(text: string): Promise<unknown> {
  if (/^\s*[{[]/.test(text)) {
    // kubectl sends JSON under a YAML type; the JSON parser is many times quicker.
    try {
      return JSON.parse(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  const { parse } = await import("yaml");
  refuseDeepText(text);
  try {
    return parse(text, { maxAliasCount: 0, uniqueKeys: true, schema: "core" });
  } catch (error) {
    throw badRequest(`the body is not YAML: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** Before parsing: a parser's own recursion must not be the first to find out. Returns how many keys a JSON text has. */
function refuseDeepText(text: string): number {
  let depth = 0;
  let keys = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index);
    if (inString) {
      if (character === 0x5c) index++;
      else if (character === 0x22) inString = false;
    } else if (character === 0x22) inString = true;
    else if (character === 0x3a) keys++;
    else if (character === 0x7b || character === 0x5b) {
      if (++depth > deepest) throw tooDeep();
    } else if (character === 0x7d || character === 0x5d) depth--;
  }
  return keys;
}

/** Returns how many keys the objects in it have. */
function refuseHostile(value: unknown, depth = 0): number {
  if (typeof value !== "object" || value === null) return 0;
  if (depth > deepest) throw tooDeep();
  const entries = Object.entries(value);
  let keys = Array.isArray(value) ? 0 : entries.length;
  for (const [key, child] of entries) {
    if (key === hostileKey) throw badRequest(`the key ${JSON.stringify(key)} is not allowed in an object`);
    keys += refuseHostile(child, depth + 1);
  }
  return keys;
}

function tooDeep(): ApiError {
  return badRequest(`the body is nested more than ${deepest} levels deep`);
}
