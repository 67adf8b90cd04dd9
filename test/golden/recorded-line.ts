/**
 * Recorded lines: one JSON object a line, an input with the answer that was recorded for it. Read leniently, since other
 * folders than this one's are compared too: a line that cannot be understood is kept and says so, none is dropped.
 *
 *   {id, area, oracle, tags?, quirk?, quirkScope?, input, expect, expectFixed?, libvirt?: {defines}}
 *
 * A quirk is an answer that the original gave by mistake. No line is let off for being one: a better answer is a difference
 * that a rule explains, and `expectFixed`, where it was recorded, is the answer to agree with.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { child, childAt, isObject, items, type JsonObject } from "../../provider/core/json-tree";

export interface RecordedLine {
  readonly id: string;
  readonly area: string;
  /** Release of the original that gave the answer. */
  readonly release: string;
  readonly tags: readonly string[];
  readonly input: JsonObject;
  readonly expect: JsonObject;
  /** The answer with the original's mistakes repaired, where one was recorded. */
  readonly repaired: JsonObject | undefined;
  /** Whether a real libvirt defined the recorded document; undefined where it was not asked. */
  readonly defines: boolean | undefined;
}

export interface UnreadableLine {
  readonly id: string;
  readonly area: string;
  readonly fault: string;
}

export const recordedFolder = join(__dirname, "corpus");

/** Every line of a folder's `*.jsonl`, in order of file and line. */
export function readFolder(folder: string): readonly (RecordedLine | UnreadableLine)[] {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".jsonl"))
    .sort();
  return files.flatMap((file) =>
    readFileSync(join(folder, file), "utf8")
      .split("\n")
      .map((text, index) => ({ text, place: `${file}:${index + 1}` }))
      .filter(({ text }) => text.trim() !== "")
      .map(({ text, place }) => readLine(text, place, file.replace(/(-v[0-9]+)?\.jsonl$/, ""))),
  );
}

/** The recorded lines of one area among this project's own. */
export function recordedLines(area: string): readonly RecordedLine[] {
  return readFolder(recordedFolder).filter((line): line is RecordedLine => !("fault" in line) && line.area === area);
}

function readLine(text: string, place: string, area: string): RecordedLine | UnreadableLine {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return { id: place, area, fault: `is no JSON: ${error.message}` };
    throw error;
  }
  const id = textOr(child(line, "id"), place);
  const input = child(line, "input");
  const expect = child(line, "expect");
  if (!isObject(input) || !isObject(expect)) return { id, area, fault: "has no input or no answer" };
  const repaired = child(line, "expectFixed");
  const defines = childAt(line, ["libvirt", "defines"]);
  return {
    id,
    area: textOr(child(line, "area"), area),
    release: textOr(child(line, "oracle"), "v0.5.0"),
    tags: items(child(line, "tags")).filter((tag) => typeof tag === "string"),
    input,
    expect,
    repaired: isObject(repaired) ? repaired : undefined,
    defines: typeof defines === "boolean" ? defines : undefined,
  };
}

function textOr(value: unknown, other: string): string {
  return typeof value === "string" ? value : other;
}
