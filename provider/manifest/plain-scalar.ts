/**
 * What a word without quotes means. kubectl reads YAML 1.1 (through sigs.k8s.io/yaml), where `yes`, `on` and `n` are
 * truth values and `0777` is octal; a manifest must mean the same here as there. Words that YAML 1.2 reads otherwise,
 * and people with it, are marked.
 */

export interface PlainScalar {
  readonly value: string | number | boolean | null;
  /** YAML 1.2 reads something else. */
  readonly surprising: boolean;
  /** Why no JSON value says it; `value` is its text then. */
  readonly fault?: string;
}

const words = new Map<string, PlainScalar>();
for (const word of ["", "~", "null", "Null", "NULL"]) words.set(word, { value: null, surprising: false });
for (const [word, value, surprising] of [
  ["true", true, false],
  ["false", false, false],
  ["yes", true, true],
  ["no", false, true],
  ["on", true, true],
  ["off", false, true],
  ["y", true, true],
  ["n", false, true],
] as const) {
  const capitalized = word.charAt(0).toUpperCase() + word.slice(1);
  for (const spelling of [word, capitalized, word.toUpperCase()]) words.set(spelling, { value, surprising });
}
for (const word of [
  ".nan",
  ".NaN",
  ".NAN",
  ".inf",
  ".Inf",
  ".INF",
  "+.inf",
  "+.Inf",
  "+.INF",
  "-.inf",
  "-.Inf",
  "-.INF",
]) {
  words.set(word, { value: word, surprising: false, fault: "JSON has no such number" });
}

const maybeNumber = /^[-+.0-9]/;
const decimal = /^[-+]?(?:0|[1-9][0-9]*)$/;
const octal = /^([-+]?)0[oO]?([0-7]+)$/;
const hexadecimal = /^([-+]?)0[xX]([0-9a-fA-F]+)$/;
const binary = /^([-+]?)0[bB]([01]+)$/;
const bases = [
  [octal, 8],
  [hexadecimal, 16],
  [binary, 2],
] as const;
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
/** Numbers of another base that YAML 1.2 reads alike. */
const modernBase = /^0(?:o[0-7]+|x[0-9a-fA-F]+)$/;

export function readPlainScalar(text: string): PlainScalar {
  const word = words.get(text);
  if (word !== undefined) return word;
  const asText: PlainScalar = { value: text, surprising: false };
  if (!maybeNumber.test(text)) return asText;
  const digits = text.startsWith(".") || !text.includes("_") ? text : text.replaceAll("_", "");
  const separated = digits.length !== text.length;
  if (decimal.test(digits)) return number(Number(digits), text, separated);
  for (const [pattern, base] of bases) {
    const [, sign = "", magnitude = ""] = pattern.exec(digits) ?? [];
    if (magnitude !== "") {
      return number(Number.parseInt(`${sign}${magnitude}`, base), text, separated || !modernBase.test(text));
    }
  }
  return float.test(digits) ? number(Number(digits), text, separated) : asText;
}

function number(value: number, text: string, surprising: boolean): PlainScalar {
  if (!Number.isFinite(value)) return { value: text, surprising, fault: "the number is too large" };
  if (Number.isInteger(value) && !Number.isSafeInteger(value) && !/[.eE]/.test(text)) {
    return { value: text, surprising, fault: "the number has too many digits to be kept exactly" };
  }
  // Kubernetes knows no negative zero.
  return { value: value === 0 ? 0 : value, surprising };
}
