/**
 * Texts of the user data that a resource gives to its guests, such as a password in it: a guest may print them, and they must
 * not come back to people by what it has printed.
 */
import { child, childAt, items } from "../core/json-tree";
import { decodeBase64 } from "../core/text-bytes";

/** Shorter ones are words like any other. */
const telling = 6;
const longToken = 8;

/** The longest first: another may be a part of it. */
export function userDataTexts(spec: unknown): readonly string[] {
  const volumes = [...items(child(spec, "volumes")), ...items(childAt(spec, ["template", "spec", "volumes"]))];
  const texts = volumes.flatMap((volume) => {
    const source = child(volume, "cloudInitNoCloud");
    const plain = child(source, "userData");
    const packed = child(source, "userDataBase64");
    const bytes = typeof packed === "string" ? decodeBase64(packed) : undefined;
    return [
      ...(typeof plain === "string" ? [plain] : []),
      ...(bytes === undefined ? [] : [new TextDecoder().decode(bytes)]),
    ];
  });
  return [...new Set(texts.flatMap(partsOf))].sort((one, other) => other.length - one.length);
}

/** Its lines, the values in them, and what in it is no word of a language. */
function partsOf(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => line.trim());
  const values = lines.flatMap((line) => /^[^:=]*[:=]\s*(.*)$/.exec(line)?.[1] ?? []).map(unquoted);
  const tokens = text
    .split(/[\s"'`:=,;|<>()[\]{}]+/)
    .filter((token) => token.length >= longToken && /[^a-zA-Z/._-]/.test(token));
  return [...lines, ...values, ...tokens].filter((part) => part.length >= telling);
}

const unquoted = (text: string) => /^(["'])(.*)\1$/.exec(text)?.[2] ?? text;

export function withoutTexts(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), text);
}
