import { describe, expect, it } from "vitest";
import { connectFailure } from "../../../provider/libvirt/connect-failure";

const failure = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

describe("connectFailure", () => {
  it.each([
    ["ENOENT", /no such socket: .*Install it.*and start it/],
    ["EACCES", /permission denied: add this user to the group libvirt/],
    ["EPERM", /permission denied: add this user to the group libvirt/],
    ["ECONNREFUSED", /connection refused: .*libvirtd is not running\. Start it/],
    ["ENOTSOCK", /not a socket: give the path of libvirt's own/],
  ])("names the remedy for %s", (code, text) => {
    expect(connectFailure("/run/sock", failure(code)).message).toMatch(text);
  });

  it("repeats the system's own words for anything else, and keeps the cause", () => {
    const cause = failure("EMFILE");
    expect(connectFailure("/run/sock", cause)).toMatchObject({
      message: "cannot reach libvirt at /run/sock: the connection failed (connect EMFILE)",
      cause,
    });
  });
});
