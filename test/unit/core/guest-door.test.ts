import { describe, expect, it } from "vitest";
import { doorCommand, openGreeting, readGreeting, refusalGreeting } from "../../../provider/core/guest-door";

const bytes = (...parts: readonly (string | Uint8Array)[]) =>
  new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array))));
const coming = { ended: false };
const over = { ended: true };

describe("the greeting at a guest's door", () => {
  it("of an open line leaves what follows to the guest, whatever it is", () => {
    expect(readGreeting(bytes(openGreeting), coming)).toEqual({ kind: "open", rest: bytes() });
    expect(readGreeting(bytes(openGreeting, "RFB 003.008\n"), coming)).toEqual({
      kind: "open",
      rest: bytes("RFB 003.008\n"),
    });
  });

  it("of a refusal is its words, once the line has ended", () => {
    const greeting = refusalGreeting("somebody else is at the console of Bücher");
    expect(readGreeting(greeting.subarray(0, 9), coming)).toBeUndefined();
    expect(readGreeting(greeting, coming)).toBeUndefined();
    expect(readGreeting(greeting, over)).toEqual({
      kind: "refused",
      reason: "somebody else is at the console of Bücher",
    });
  });

  it("is waited for, and not for ever", () => {
    expect(readGreeting(bytes(), coming)).toBeUndefined();
    expect(readGreeting(bytes(), over)).toEqual({ kind: "unknown" });
    expect(readGreeting(bytes("HTTP/1.1"), coming)).toEqual({ kind: "unknown" });
  });

  it("is bounded", () => {
    expect(refusalGreeting("x".repeat(100_000))).toHaveLength(4097);
    const answer = readGreeting(bytes(Uint8Array.of(1), "x".repeat(100_000)), coming);
    expect(answer).toEqual({ kind: "refused", reason: "x".repeat(4096) });
  });

  it("comes by a program of the launcher's image", () => {
    expect(doorCommand("console-force").join(" ")).toBe("nc.openbsd -q 0 -U /kubevirt/console-force");
  });
});
