import { describe, expect, it } from "vitest";
import { awaitSettings } from "../../../provider/lifecycle/settings";

const seconds = (...asked: Parameters<typeof awaitSettings>) => awaitSettings(...asked).timeoutMs / 1000;

describe("the time that a wait may take", () => {
  it("is five minutes more than the guest's grace period", () => {
    expect(seconds(undefined, {})).toBe(330);
    expect(seconds(undefined, { terminationGracePeriodSeconds: 10 })).toBe(310);
    expect(seconds(undefined, { template: { spec: { terminationGracePeriodSeconds: 10 } } })).toBe(310);
  });

  it("is what the annotation says, if it says a time", () => {
    expect(seconds({ "pulumi.com/timeoutSeconds": "7" }, {})).toBe(7);
    expect(seconds({ "pulumi.com/timeoutSeconds": "soon" }, {})).toBe(330);
  });

  it("is what the resource's options say, before the annotation", () => {
    expect(seconds({ "pulumi.com/timeoutSeconds": "7" }, {}, 9)).toBe(9);
    expect(seconds({ "pulumi.com/timeoutSeconds": "7" }, {}, 0)).toBe(7);
  });
});
