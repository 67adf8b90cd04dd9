import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareQuantities,
  formatQuantity,
  parseQuantity,
  Quantity,
  quantityToBytes,
  sameQuantity,
} from "../../../provider/api/quantity";

const bytes = (text: string | number) => {
  const exact = parseQuantity(text);
  return exact === undefined ? undefined : quantityToBytes(exact);
};
const canonical = (text: string) => {
  const exact = parseQuantity(text);
  return exact === undefined ? undefined : formatQuantity(exact);
};

describe("quantities", () => {
  it.each([
    ["64M", 64_000_000n],
    ["64Mi", 67_108_864n],
    ["1.5Gi", 1_610_612_736n],
    ["0.1G", 100_000_000n],
    ["1e3", 1000n],
    ["1E3", 1000n],
    ["1E", 1_000_000_000_000_000_000n],
    ["8Ei", 9_223_372_036_854_775_808n],
    ["-64M", -64_000_000n],
    ["+1", 1n],
    [".5Gi", 536_870_912n],
    ["5.", 5n],
    ["0", 0n],
  ])("reads %s as exactly %s", (text, value) => {
    expect(bytes(text)).toBe(value);
  });

  it("reads whole numbers and refuses others", () => {
    expect(bytes(1_048_576)).toBe(1_048_576n);
    expect(parseQuantity(0.5)).toBeUndefined();
    expect(parseQuantity(Number.NaN)).toBeUndefined();
    expect(parseQuantity(2 ** 60)).toBeUndefined();
  });

  it.each(["", ".", "1.2.3", "lots", "1 Gi", "Gi", "1KiB", "1K", "0x10", "1e", "--1", "1e1000000", "١"])(
    "refuses %j",
    (text) => {
      expect(parseQuantity(text)).toBeUndefined();
      expect(Quantity.safeParse(text).success).toBe(false);
    },
  );

  it("rounds up to whole bytes, and finer parts than nano-units away from zero", () => {
    expect(bytes("1500m")).toBe(2n);
    expect(bytes("1n")).toBe(1n);
    expect(bytes("-1500m")).toBe(-1n);
    expect(parseQuantity("0.0000000001")?.nanos).toBe(1n);
    expect(parseQuantity("-0.0000000001")?.nanos).toBe(-1n);
  });

  it.each([
    ["1024Mi", "1Gi"],
    ["1536Mi", "1536Mi"],
    ["0.5Gi", "512Mi"],
    ["512", "512"],
    ["1000Ki", "1000Ki"],
    ["1000m", "1"],
    ["0.5", "500m"],
    ["1000000", "1M"],
    ["1024", "1024"],
    ["1e3", "1e3"],
    ["10000e3", "10e6"],
    ["0Gi", "0"],
    ["0.001Ki", "1024m"],
    ["-2048Mi", "-2Gi"],
  ])("prints %s in canonical form as %s", (text, expected) => {
    expect(canonical(text)).toBe(expected);
  });

  it("compares by value, not by spelling", () => {
    expect(sameQuantity("1Gi", "1024Mi")).toBe(true);
    expect(sameQuantity("64M", "64Mi")).toBe(false);
    expect(sameQuantity("lots", "lots")).toBe(false);
    const [small, large] = [parseQuantity("500m"), parseQuantity("1")];
    if (small === undefined || large === undefined) throw new Error("unreadable");
    expect(compareQuantities(small, large)).toBe(-1);
    expect(compareQuantities(large, small)).toBe(1);
    expect(compareQuantities(large, large)).toBe(0);
  });

  it("keeps the value through its canonical form", () => {
    const suffix = fc.constantFrom(
      "",
      "n",
      "u",
      "m",
      "k",
      "M",
      "G",
      "T",
      "P",
      "E",
      "Ki",
      "Mi",
      "Gi",
      "Ti",
      "Pi",
      "Ei",
      "e3",
      "e-2",
    );
    const numbers = fc.tuple(fc.constantFrom("", "-"), fc.nat(), fc.option(fc.nat(999)), suffix);
    fc.assert(
      fc.property(numbers, ([sign, whole, fraction, unit]) => {
        const text = `${sign}${whole}${fraction === null ? "" : `.${fraction}`}${unit}`;
        const exact = parseQuantity(text);
        if (exact === undefined) throw new Error(`unreadable: ${text}`);
        const printed = formatQuantity(exact);
        expect(parseQuantity(printed)?.nanos).toBe(exact.nanos);
        expect(canonical(printed)).toBe(printed);
        expect(Quantity.safeParse(text).success).toBe(true);
      }),
    );
  });
});
