import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatPath, joinPath, parsePath } from "../../../provider/core/field-path";

describe("field paths", () => {
  it("read like code", () => {
    expect(formatPath(["spec", "domain", "devices", "disks", 0, "volumeName"])).toBe(
      "spec.domain.devices.disks[0].volumeName",
    );
  });

  it("quote keys that are no plain names", () => {
    expect(joinPath("metadata.labels", "kubevirt.io/size")).toBe('metadata.labels["kubevirt.io/size"]');
    expect(joinPath("metadata.labels", 'a"]b')).toBe('metadata.labels["a\\"]b"]');
    expect(joinPath("", "spec")).toBe("spec");
  });

  it("are taken apart again into what they were made of", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.nat(), fc.constantFrom("spec", "a-b"))),
        (steps) => {
          expect(parsePath(formatPath(steps))).toEqual(steps);
        },
      ),
    );
  });

  it("name items of lists, and end where they are no paths", () => {
    expect(parsePath("spec.disks[name=root].bus")).toEqual(["spec", "disks", { name: "root" }, "bus"]);
    expect(parsePath("spec.a b")).toEqual(["spec", "a"]);
    expect(parsePath("")).toEqual([]);
  });
});
