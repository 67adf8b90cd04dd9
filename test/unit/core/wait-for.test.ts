import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatGuestWaits, guestWaitsOf, parseWaitFor, waitForAnnotation } from "../../../provider/core/wait-for";

describe("the annotation pulumi.com/waitFor", () => {
  it.each([
    ["running", [{ kind: "running" }]],
    ["tcp:22", [{ kind: "tcp", port: 22 }]],
    [" cloud-init ", [{ kind: "cloud-init" }]],
    ["guest-agent", [{ kind: "guest-agent" }]],
    ["condition=Ready", [{ kind: "condition", type: "Ready", status: "True" }]],
    ["condition=example.com/Up=Unknown", [{ kind: "condition", type: "example.com/Up", status: "Unknown" }]],
    ["jsonpath={.status.phase}=Running", [{ kind: "jsonpath", path: ".status.phase", value: "Running" }]],
    ["jsonpath={.status.interfaces[0].ipAddress}", [{ kind: "jsonpath", path: ".status.interfaces[0].ipAddress" }]],
    ["jsonpath={.metadata.labels['a}b']}==x", [{ kind: "jsonpath", path: ".metadata.labels['a}b']", value: "=x" }]],
    ['["tcp:65535", "running"]', [{ kind: "tcp", port: 65_535 }, { kind: "running" }]],
  ])("%s is read", (text, conditions) => {
    expect(parseWaitFor(text)).toEqual({ conditions, faults: [] });
  });

  it.each([
    ["tcp:99999", "tcp:99999", "the port must be a number from 1 to 65535, as in tcp:22"],
    ["tcp:0", "tcp:0", "the port must be"],
    ["tcp:022", "tcp:022", "the port must be"],
    ["tcp:ssh", "tcp:ssh", "the port must be"],
    ["cloudinit", "cloudinit", "did you mean `cloud-init`?"],
    ["", "", "is no condition to wait for; those are running, tcp:PORT"],
    ["condition=", "condition=", "must be condition=TYPE"],
    ["jsonpath=.status.phase", "jsonpath=.status.phase", "must be jsonpath={PATH}"],
    ['jsonpath={.status.conditions[?(@.type=="Ready")].status}', undefined, "fields and indices such as .status.phase"],
    ["[", "[", "is no list in JSON"],
    ["[]", "[]", "names no condition"],
    ["[22]", 22, "is no text"],
    [JSON.stringify(Array(17).fill("tcp:22")), undefined, "must name at most 16 conditions"],
    ["x".repeat(5000), undefined, "must have at most 4096 characters"],
  ])("%s is refused, with what would be right", (text, badValue, detail) => {
    const { conditions, faults } = parseWaitFor(text);
    expect(conditions).toEqual([]);
    expect(faults).toEqual([{ badValue: badValue ?? text, detail: expect.stringContaining(detail) }]);
  });

  it("tells every fault of a list", () => {
    expect(parseWaitFor('["tcp:0", "tcp:22", "agent"]').faults.map(({ badValue }) => badValue)).toEqual([
      "tcp:0",
      "agent",
    ]);
  });

  it("is read, or refused, whatever it says", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const { conditions, faults } = parseWaitFor(text);
        expect(conditions.length + faults.length).toBeGreaterThan(0);
      }),
    );
  });

  it("asks nothing of a guest where it cannot be read, or is about the object itself", () => {
    const waits = (text: string) => guestWaitsOf({ annotations: { [waitForAnnotation]: text } });
    expect(guestWaitsOf({})).toEqual([]);
    expect(waits("nonsense")).toEqual([]);
    expect(waits('["condition=Ready", "tcp:22", "nonsense"]')).toEqual([{ kind: "tcp", port: 22 }]);
  });

  it("is written as it is read, each condition once", () => {
    expect(formatGuestWaits([])).toBeUndefined();
    expect(
      formatGuestWaits([
        { kind: "tcp", port: 22 },
        { kind: "tcp", port: 22 },
      ]),
    ).toBe("tcp:22");
    expect(formatGuestWaits([{ kind: "tcp", port: 22 }, { kind: "cloud-init" }])).toBe('["tcp:22","cloud-init"]');
  });
});
