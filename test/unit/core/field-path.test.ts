import { describe, expect, it } from "vitest";
import { formatPath, joinPath } from "../../../provider/core/field-path";

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
});
