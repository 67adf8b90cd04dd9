import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { Authenticator } from "../../../provider/apiserver/auth";

function authenticate(authorization: string | undefined) {
  const authenticator = new Authenticator([
    { token: "one", user: "a", groups: ["g"] },
    { token: "two", user: "b" },
  ]);
  const headers = authorization === undefined ? {} : { authorization };
  return authenticator.authenticate({ headers } as IncomingMessage);
}

describe("tokens", () => {
  it("tell who it is", () => {
    expect(authenticate("Bearer one")).toEqual({ user: "a", groups: ["g", "system:authenticated"] });
    expect(authenticate("bearer two")).toEqual({ user: "b", groups: ["system:authenticated"] });
  });

  it.each([undefined, "", "Bearer", "Bearer ", "Bearer on", "Bearer onee", "Basic one", "Bearer one two"])(
    "%j is refused",
    (authorization) => {
      expect(() => authenticate(authorization)).toThrow(expect.objectContaining({ code: 401 }) as Error);
    },
  );

  it("refuse everyone when there are none", () => {
    const nobody = new Authenticator([]);
    const request = { headers: { authorization: "Bearer " } } as IncomingMessage;
    expect(() => nobody.authenticate(request)).toThrow("Unauthorized");
  });
});
