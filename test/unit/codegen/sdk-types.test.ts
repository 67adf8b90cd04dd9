import { describe, expect, it } from "vitest";
import { sdkTypes } from "../../../provider/codegen/sdk-types";

describe("the SDK's types", () => {
  it("name nothing but Pulumi, and nothing as outputs", () => {
    expect([...sdkTypes("input").matchAll(/from "([^"]+)"/g)].map(([, name]) => name)).toEqual(["@pulumi/pulumi"]);
    expect(sdkTypes("output")).not.toMatch(/\bimport\b/);
    expect(sdkTypes("input") + sdkTypes("output")).not.toMatch(/\bzod\b|[:<] ?(any|unknown)[;>[]/);
  });

  it("take an Output wherever a value can stand", () => {
    expect(sdkTypes("input")).toContain("disks?: pulumi.Input<pulumi.Input<Disk>[]>;");
    expect(sdkTypes("input")).toContain("matchLabels?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;");
    expect(sdkTypes("output")).toContain("readonly disks?: readonly Disk[];");
  });

  it("have enumerations as unions of their values", () => {
    for (const side of ["input", "output"] as const) {
      expect(sdkTypes(side)).toContain('export type RunStrategy = "Always" | "Halted";');
    }
  });

  it("say of each field what the schema says", () => {
    expect(sdkTypes("input")).toContain("/** Whether the guest has this timer. Default: true. */\n  present?:");
  });

  it("have only that of metadata which a program has a say in", () => {
    const metadata = (side: "input" | "output") => /interface ObjectMeta \{(.*?)\n\}/s.exec(sdkTypes(side))?.[1] ?? "";
    const names = (side: "input" | "output") => [...metadata(side).matchAll(/(\w+)\?:/g)].map(([, name]) => name);
    expect(names("input")).toEqual(["name", "namespace", "labels", "annotations"]);
    expect(names("output")).toEqual(["name", "namespace", "labels", "annotations", "uid"]);
  });
});
