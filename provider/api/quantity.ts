/**
 * Kubernetes quantities: `500m`, `64M`, `1.5Gi`, `1e3`. This file owns their spelling (the zod schema), their exact
 * value and their arithmetic. A value is held as a whole number of nano-units in a bigint, since Kubernetes knows no
 * finer grain (it rounds finer ones up, away from zero); nothing passes through floating point.
 *
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
import { z } from "zod";

/** Sign, whole part, fraction, suffix, exponent. */
const spelling = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:([KMGTPE]i|[numkMGTPE])|[eE]([+-]?[0-9]{1,2}))?$/;

/** What a schema can say of the spelling without look-around, for OpenAPI. */
export const quantityPattern = /^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$/;

/** A quantity as people write it: text, or a whole number. */
export const quantityRemedy = 'must be a quantity: a number with an optional suffix, such as "500m", "64M" or "1.5Gi"';
export const Quantity = z.union([z.string().max(64).regex(quantityPattern, quantityRemedy), z.int()], quantityRemedy);
export type Quantity = z.infer<typeof Quantity>;

/** How a quantity was spelled, which its canonical form keeps. */
export type QuantityFormat = "binary" | "decimal" | "exponent";

export interface ExactQuantity {
  /** The value in units of 10⁻⁹. */
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

const nanosPerUnit = 1_000_000_000n;
const decimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"] as const;
const binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] as const;

/** What one unit of a suffix is. */
const suffixes = new Map<string, { readonly nanos: bigint; readonly format: QuantityFormat }>([
  ...decimalSuffixes.map((suffix, index) => [suffix, { nanos: 1000n ** BigInt(index), format: "decimal" }] as const),
  ...binarySuffixes
    .slice(1)
    .map((suffix, index) => [suffix, { nanos: nanosPerUnit << BigInt(index * 10 + 10), format: "binary" }] as const),
]);

/** The exact value, or undefined when the text is no quantity. */
export function parseQuantity(quantity: Quantity): ExactQuantity | undefined {
  const text = typeof quantity === "number" ? numberText(quantity) : quantity;
  if (text === undefined || text.length > 64) return undefined;
  const parts = spelling.exec(text);
  if (parts === null) return undefined;
  const [, sign, whole = "", fraction = "", suffix = "", exponent] = parts;
  if (whole === "" && fraction === "") return undefined;
  const unit = suffixes.get(suffix);
  if (unit === undefined) return undefined;
  const digits = BigInt(`${whole}${fraction}`) * unit.nanos;
  const power = (exponent === undefined ? 0 : Number(exponent)) - fraction.length;
  const magnitude = power === 0 ? digits : scaleRoundingUp(digits, power);
  const format = exponent === undefined ? unit.format : "exponent";
  return { nanos: sign === "-" ? -magnitude : magnitude, format };
}

/** Below, at, or above zero as `left` is less than, equal to, or more than `right`. */
export function compareQuantities(left: ExactQuantity, right: ExactQuantity): -1 | 0 | 1 {
  if (left.nanos === right.nanos) return 0;
  return left.nanos < right.nanos ? -1 : 1;
}

/** True when both are quantities of the same value, whatever their spelling: `1Gi` equals `1024Mi`. */
export function sameQuantity(left: Quantity, right: Quantity): boolean {
  const exactLeft = parseQuantity(left);
  const exactRight = parseQuantity(right);
  return exactLeft !== undefined && exactRight !== undefined && exactLeft.nanos === exactRight.nanos;
}

/** Whole bytes (or whole units of anything), rounded up. */
export function quantityToBytes(quantity: ExactQuantity): bigint {
  const whole = quantity.nanos / nanosPerUnit;
  return quantity.nanos > 0n && quantity.nanos % nanosPerUnit !== 0n ? whole + 1n : whole;
}

/** The one spelling Kubernetes itself would print: no fraction, the largest suffix that keeps the value whole. */
export function formatQuantity(quantity: ExactQuantity): string {
  const sign = quantity.nanos < 0n ? "-" : "";
  const magnitude = quantity.nanos < 0n ? -quantity.nanos : quantity.nanos;
  const isWhole = magnitude % nanosPerUnit === 0n;
  if (quantity.format === "binary" && isWhole && magnitude >= 1024n * nanosPerUnit) {
    return sign + formatBinary(magnitude / nanosPerUnit);
  }
  return sign + formatDecimal(magnitude, quantity.format === "exponent" ? "exponent" : "decimal");
}

function formatBinary(units: bigint): string {
  let mantissa = units;
  let power = 0;
  while (mantissa !== 0n && mantissa % 1024n === 0n && power < binarySuffixes.length - 1) {
    mantissa /= 1024n;
    power += 1;
  }
  return `${mantissa}${binarySuffixes[power]}`;
}

function formatDecimal(nanos: bigint, format: "decimal" | "exponent"): string {
  if (nanos === 0n) return "0";
  let mantissa = nanos;
  let step = 0;
  while (mantissa % 1000n === 0n && (format === "exponent" || step < decimalSuffixes.length - 1)) {
    mantissa /= 1000n;
    step += 1;
  }
  if (format === "decimal") return `${mantissa}${decimalSuffixes[step]}`;
  const exponent = step * 3 - 9;
  return exponent === 0 ? `${mantissa}` : `${mantissa}e${exponent}`;
}

function scaleRoundingUp(digits: bigint, power: number): bigint {
  if (power >= 0) return digits * powerOfTen(power);
  const divisor = powerOfTen(-power);
  return digits % divisor === 0n ? digits / divisor : digits / divisor + 1n;
}

const powersOfTen = Array.from({ length: 32 }, (_, power) => 10n ** BigInt(power));

function powerOfTen(power: number): bigint {
  return powersOfTen[power] ?? 10n ** BigInt(power);
}

function numberText(value: number): string | undefined {
  return Number.isSafeInteger(value) ? String(value) : undefined;
}
