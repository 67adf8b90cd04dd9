/**
 * Which values of a request are secret. Finds them again in what is made of the request, so that they stay secret there,
 * and takes them out of texts that people read.
 */
import type { PathSegment } from "../core/field-path";
import { type Fields, isFields, unknownMarker } from "../lifecycle/inputs";

export type Path = readonly PathSegment[];

const mask = "[secret]";

/** Texts shorter than this are taken out of messages only where they are quoted: they may be words like any other. */
const telling = 8;

export class Secrets {
  readonly #found: { readonly path: Path; readonly value: unknown }[] = [];

  add(path: Path, value: unknown): void {
    this.#found.push({ path, value });
  }

  addAll(others: Secrets): void {
    this.#found.push(...others.#found);
  }

  /** Paths in `fields` of what was secret: where it was, and wherever else the same value is now. */
  pathsIn(fields: Fields): readonly Path[] {
    const values = this.#found.flatMap(({ value }) => [...textsIn(value)]).filter((text) => text.length >= telling);
    const moved = [...pathsOfTexts(fields, new Set(values))];
    const kept = this.#found.filter(({ path }) => valueAt(fields, path) !== undefined).map(({ path }) => path);
    return [...kept, ...moved];
  }

  /** A message without what is secret, also where it was cut off. */
  redact(text: string): string {
    let redacted = text;
    for (const secret of this.#found.flatMap(({ value }) => [...textsIn(value)])) {
      redacted = withoutText(redacted, secret);
      redacted = withoutText(redacted, JSON.stringify(secret).slice(1, -1));
    }
    return redacted;
  }
}

function valueAt(value: unknown, path: Path): unknown {
  let current = value;
  for (const segment of path) {
    if (Array.isArray(current) && typeof segment === "number") current = current[segment];
    else if (isFields(current) && Object.hasOwn(current, segment)) current = current[segment];
    else return undefined;
  }
  return current;
}

function* textsIn(value: unknown): Iterable<string> {
  if (typeof value === "string") {
    if (value !== "" && value !== unknownMarker) yield value;
  } else if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) yield* textsIn(inner);
  }
}

function* pathsOfTexts(value: unknown, texts: ReadonlySet<string>, path: Path = []): Iterable<Path> {
  if (typeof value === "string") {
    if (texts.has(value)) yield path;
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* pathsOfTexts(item, texts, [...path, index]);
  } else if (isFields(value)) {
    for (const [key, inner] of Object.entries(value)) yield* pathsOfTexts(inner, texts, [...path, key]);
  }
}

function withoutText(text: string, secret: string): string {
  if (secret.length < telling) return text.replaceAll(`"${secret}"`, `"${mask}"`);
  const start = secret.slice(0, telling);
  let rest = text;
  let redacted = "";
  for (let at = rest.indexOf(start); at !== -1; at = rest.indexOf(start)) {
    let length = start.length;
    while (length < secret.length && rest[at + length] === secret[length]) length += 1;
    redacted += rest.slice(0, at) + mask;
    rest = rest.slice(at + length);
  }
  return redacted + rest;
}
