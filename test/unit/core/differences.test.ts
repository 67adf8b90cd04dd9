import { describe, expect, it } from "vitest";
import { differences } from "../../../provider/core/differences";

const fields = (before: unknown, after: unknown) => differences(before, after, "spec").map(({ field }) => field);

describe("differences", () => {
  it("are told leaf by leaf, with both values", () => {
    expect(differences({ a: { b: 1 }, c: 2 }, { a: { b: 3 }, d: [1] })).toEqual([
      { field: "a.b", before: 1, after: 3 },
      { field: "c", before: 2, after: undefined },
      { field: "d[0]", before: undefined, after: 1 },
    ]);
  });

  it("compare lists of named things by name, whatever their order, and others by place", () => {
    const disk = (name: string, bus: string) => ({ name, disk: { bus } });
    expect(
      fields({ disks: [disk("a", "sata"), disk("b", "scsi")] }, { disks: [disk("b", "scsi"), disk("a", "virtio")] }),
    ).toEqual(["spec.disks[name=a].disk.bus"]);
    expect(fields({ disks: [disk("a", "sata")] }, { disks: [disk("b", "sata")] })).toEqual([
      "spec.disks[name=a].name",
      "spec.disks[name=a].disk.bus",
      "spec.disks[name=b].name",
      "spec.disks[name=b].disk.bus",
    ]);
    expect(fields({ list: [1, 2] }, { list: [1, 3, 4] })).toEqual(["spec.list[1]", "spec.list[2]"]);
    expect(fields({ list: [disk("a", "x"), disk("a", "x")] }, { list: [disk("a", "x"), disk("a", "y")] })).toEqual([
      "spec.list[1].disk.bus",
    ]);
  });

  it("are none between a field that is absent and one that is not set, and quote keys that are no names", () => {
    expect(fields({ a: undefined, b: { c: 1 } }, { b: { c: 1 } })).toEqual([]);
    expect(fields({ "a.b/c": "1" }, { "a.b/c": "2", ["__proto__"]: 1 })).toEqual(['spec["a.b/c"]', "spec.__proto__"]);
    expect(fields([1], { 0: 1 })).toEqual(["spec"]);
    expect(fields({ a: {}, b: [] }, { a: {}, b: [] })).toEqual([]);
    expect(fields({ a: {} }, { b: [] })).toEqual(["spec.a", "spec.b"]);
    expect(fields("text", { a: 1 })).toEqual(["spec"]);
  });
});
