/**
 * Texts of the user data that a resource gives to its guests, such as a password in it: a guest may print them, and they must
 * not come back to people by what it has printed.
 */
import { decodeBase64 } from "../core/text-bytes";
import { userDataTexts } from "../core/user-data";

/** Shorter ones are words like any other. */
const telling = 6;
const longToken = 8;

/** The longest first: another may be a part of it. */
export function tellingParts(spec: unknown): readonly string[] {
  const texts = userDataTexts({ spec }).flatMap(({ field, text }) => {
    if (field === "userData") return [text];
    const bytes = decodeBase64(text);
    return bytes === undefined ? [] : [new TextDecoder().decode(bytes)];
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
