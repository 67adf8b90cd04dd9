import { describe, expect, it } from "vitest";
import { forwarder } from "../../../provider/lifecycle/forwarder";

describe("forwarder", () => {
  it("is a short text that names the package and the kind, and is a module with a handler", () => {
    const text = forwarder("VirtualMachine");
    expect(Buffer.byteLength(text)).toBeLessThan(1_000);
    const module: { exports: { handler?: () => unknown } } = { exports: {} };
    const asked: string[] = [];
    const lifecycle = { provider: (kind: string) => `provider of ${kind}` };
    new Function("module", "exports", "require", text)(module, module.exports, (name: string) => {
      asked.push(name);
      return lifecycle;
    });
    expect(asked).toEqual([]);
    expect(module.exports.handler?.()).toBe("provider of VirtualMachine");
    expect(asked).toEqual(["pulumi-kubevirt/lifecycle"]);
  });
});
