import { describe, expect, it } from "vitest";
import { macAddressOf } from "../../../../provider/agent/network/mac";

describe("macAddressOf", () => {
  it("gives the same address for the same machine, of QEMU's own range", () => {
    const mac = macAddressOf("2f1c7f0e-6a0f-4a52-9b7a-0c8a6a3b1f10");
    expect(macAddressOf("2f1c7f0e-6a0f-4a52-9b7a-0c8a6a3b1f10")).toBe(mac);
    expect(mac).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/);
  });

  it("gives different machines different addresses", () => {
    const macs = new Set(Array.from({ length: 200 }, (_, index) => macAddressOf(`machine-${index}`)));
    expect(macs.size).toBe(200);
  });
});
