import { describe, expect, it } from "vitest";
import { soundMachine } from "../../../provider/core/sound-machine";
import { buildVirtualMachine } from "../../builders/virtual-machine";

describe("soundMachine", () => {
  it("leaves a sound machine as it is", () => {
    const vm = {
      ...buildVirtualMachine({ metadata: { labels: { a: "b" }, finalizers: ["x"], generation: 3 } }),
      status: {
        phase: "Running" as const,
        nodeName: "n",
        interfaces: [{ ipAddress: "10.0.0.1", mac: "52:54:00:0:0:1" }],
      },
    };
    expect(soundMachine(vm)).toEqual(vm);
  });

  it("leaves out of the metadata what is not what it should be", () => {
    const metadata = { name: "web", labels: { a: 1, b: "c" }, annotations: 5, finalizers: [1, "x"], generation: "2" };
    expect(soundMachine({ metadata }).metadata).toEqual({ name: "web", labels: { b: "c" }, finalizers: ["x"] });
    expect(soundMachine({ metadata: null }).metadata).toEqual({});
    expect(soundMachine({}).metadata).toEqual({});
  });

  it("keeps of a status what can be used", () => {
    const status = {
      phase: "Elsewhere",
      nodeName: "n",
      interfaces: [{ ipAddress: "10.0.0.1" }, 3],
      conditions: [{ type: "Ready", status: "True" }, { type: 5 }, null],
      more: {},
    };
    expect(soundMachine({ status }).status).toEqual({
      nodeName: "n",
      interfaces: [{ ipAddress: "10.0.0.1" }],
      conditions: [{ type: "Ready", status: "True" }],
    });
    expect(soundMachine({ status: "Running" }).status).toEqual({});
    expect(soundMachine({ status: null }).status).toEqual({});
    expect(soundMachine({ status: { conditions: 5 } }).status).toEqual({});
  });

  it("leaves the spec alone, also when there is none", () => {
    expect(soundMachine({ spec: "boot" }).spec).toBe("boot");
    expect("spec" in soundMachine({})).toBe(false);
  });
});
