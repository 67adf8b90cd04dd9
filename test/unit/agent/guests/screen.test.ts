import { describe, expect, it } from "vitest";
import { screenSocketOf } from "../../../../provider/agent/guests/screen";

const domain = (graphics: string) => `<domain><devices>${graphics}</devices></domain>`;

describe("screenSocketOf", () => {
  it("finds the socket of the VNC server in a running domain", () => {
    const xml = domain(
      '<graphics type="vnc" socket="/run/v.sock"><listen type="socket" socket="/run/v.sock"/></graphics>',
    );
    expect(screenSocketOf(xml)).toBe("/run/v.sock");
  });

  it("finds none where the domain is off, has a port, or has no screen", () => {
    expect(screenSocketOf(domain('<graphics type="vnc"><listen type="socket"/></graphics>'))).toBeUndefined();
    const port = '<graphics type="vnc" port="5900"><listen type="address" address="0.0.0.0"/></graphics>';
    expect(screenSocketOf(domain(port))).toBeUndefined();
    expect(screenSocketOf(domain("<disk/>"))).toBeUndefined();
    expect(screenSocketOf("no XML")).toBeUndefined();
  });
});
