import { describe, expect, it } from "vitest";
import { faultsOfMachine } from "../../../../provider/core/convert/machine";

const machineTypes = [
  "pc",
  "pc-i440fx-6.2",
  "pc-i440fx-7.2",
  "q35",
  "pc-q35-7.2",
  "pc-q35-2.12",
  "pc-q35-6.1",
  "isapc",
];
const node = { arch: "x86_64", machineTypes };
const detailOf = (type: string, facts: Parameters<typeof faultsOfMachine>[2] = node) =>
  faultsOfMachine(type, undefined, facts)[0]?.detail;

describe("faultsOfMachine", () => {
  it("finds none in the types of the node", () => {
    for (const type of ["q35", "pc", "pc-q35-6.1"]) expect(faultsOfMachine(type, 255, node)).toEqual([]);
  });

  it("names the node's types of the same chipset, the newest first", () => {
    expect(detailOf("pc-q35-9.0")).toBe("is unknown to this node's QEMU; it has pc-q35-7.2, pc-q35-6.1, pc-q35-2.12");
    expect(detailOf("pc-i440fx-11.0")).toBe("is unknown to this node's QEMU; it has pc-i440fx-7.2, pc-i440fx-6.2");
  });

  it("guesses at slips, and says nothing where it knows nothing alike", () => {
    const arm = { arch: "aarch64", machineTypes: ["virt", "raspi3b"] };
    expect(detailOf("virtt", arm)).toBe("is unknown to this node's QEMU; did you mean virt?");
    expect(detailOf("sbsa-ref", arm)).toBe("is unknown to this node's QEMU");
  });

  it("refuses machines without PCI whatever the node has, and all others only when the node was asked", () => {
    expect(detailOf("isapc")).toMatch(/no PCI bus/);
    expect(detailOf("pc-q35-99.9", { arch: "x86_64" })).toBeUndefined();
  });
});
