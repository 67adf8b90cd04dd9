/** What a guest has printed on its serial console, as lines that a message can have in it. Pure. */

export interface SerialTextBounds {
  /** From the end. */
  readonly lines: number;
  /** Characters of one line; what is beyond is cut. */
  readonly lineLength: number;
  /** The line without what nobody may read. Default: all may be read. */
  readonly hide?: (line: string) => string;
}

/** Control sequences of terminals: colours and places of the cursor, titles, and the rest. */
const escapes =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-~])/g;

/** The last lines that are not empty, harmless for a terminal and for a log. */
export function serialLines(text: string, bounds: SerialTextBounds): readonly string[] {
  const { lines, lineLength, hide = (line) => line } = bounds;
  return (
    text
      .replace(escapes, "")
      .split("\n")
      .map((line) => harmless(lastWritten(line)))
      .filter((line) => line !== "")
      .slice(-lines)
      // Cut last: half of what is to be hidden would not be known for it.
      .map((line) => cut(hide(line), lineLength))
  );
}

/** A carriage return begins the line anew. */
function lastWritten(line: string): string {
  return line.split("\r").findLast((part) => part.trim() !== "") ?? "";
}

/** Also without characters that turn the direction of writing, or that nobody can see. */
const harmless = (line: string): string =>
  line
    .replaceAll("\t", " ")
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?")
    .trimEnd();

const cut = (line: string, most: number): string => (line.length > most ? `${line.slice(0, most)}…` : line);
