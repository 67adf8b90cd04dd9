/**
 * Takes out of a transcript what no two servers can agree on: uids, times, revisions, generated names, tokens. A value
 * that stands for one thing stands for the same thing everywhere, so that a wrong uid is still seen.
 */
import { isRecord, textAt } from "../../../../provider/apiserver/object";

const uidPattern = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
const timePattern = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const serverPattern = /https:\/\/\d+\.\d+\.\d+\.\d+:\d+/g;

/** What clients print of a server's own: revisions, ages, the names and times of the files they compare. */
const printedPatterns: readonly (readonly [RegExp, string])[] = [
  [/(resourceVersion\\*"?: ?\\*")\d+/g, "$1<revision>"],
  [/(Resource Version: +)\d+/g, "$1<revision>"],
  [/(?<=^|\s)\d+(?:m\d*)?s(?=$|\s)/gm, "<age>"],
  [/\b(LIVE|MERGED)-\d+\b/g, "$1"],
  [/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [+-]\d{4}\b/g, "<time>"],
];

/** Fields whose values are a server's own. */
const ownValues: Readonly<Record<string, string>> = { resourceVersion: "<revision>", continue: "<continue>" };

export function normalise(transcript: unknown): unknown {
  const names = new Map<string, string>();
  collectNames(transcript, names);
  return replaceIn(transcript, names);
}

/** In the order of their first appearance, which is that of the case and the same on both servers. */
function collectNames(value: unknown, names: Map<string, string>): void {
  if (typeof value === "string") {
    for (const [uid] of value.matchAll(uidPattern)) {
      if (!names.has(uid)) names.set(uid, `<uid-${names.size + 1}>`);
    }
    return;
  }
  if (typeof value !== "object" || value === null) return;
  const prefix = textAt(value, "metadata", "generateName");
  const name = textAt(value, "metadata", "name");
  if (
    prefix !== "" &&
    name.startsWith(prefix.slice(0, 58)) &&
    name.length === Math.min(prefix.length, 58) + 5 &&
    !names.has(name)
  ) {
    names.set(name, `${prefix}<generated-${names.size + 1}>`);
  }
  const children = Array.isArray(value) ? value : sortedKeys(value).map((key): unknown => Reflect.get(value, key));
  for (const child of children) collectNames(child, names);
}

function sortedKeys(value: object): readonly string[] {
  return Object.keys(value).sort();
}

function replaceIn(value: unknown, names: ReadonlyMap<string, string>, key = ""): unknown {
  if (typeof value === "string")
    return Object.hasOwn(ownValues, key) && value !== "" ? ownValues[key] : text(value, names);
  if (Array.isArray(value)) {
    const list = value.map((each) => replaceIn(each, names));
    return key === "managedFields" ? sortedManagers(list) : list;
  }
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [text(name, names), replaceIn(child, names, name)]),
  );
}

function text(value: string, names: ReadonlyMap<string, string>): string {
  let replaced = value;
  for (const [name, placeholder] of names)
    if (replaced.includes(name)) replaced = replaced.replaceAll(name, placeholder);
  for (const [pattern, placeholder] of printedPatterns) replaced = replaced.replace(pattern, placeholder);
  return replaced.replace(timePattern, "<time>").replace(serverPattern, "<server>");
}

/** Servers order entries by time first, and a second may pass between two writes on one of them. */
function sortedManagers(entries: readonly unknown[]): readonly unknown[] {
  const order = (entry: unknown) =>
    ["operation", "manager", "subresource"].map((field) => textAt(entry, field)).join(" ");
  return [...entries].sort((left, right) => (order(left) < order(right) ? -1 : 1));
}
