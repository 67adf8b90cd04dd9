import { describe, expect, test } from "vitest";
import { parseDockerConfig } from "../../../../provider/agent/oci/credentials";
import { parseImageReference } from "../../../../provider/agent/oci/image-reference";

const config = (auths: unknown) => parseDockerConfig(Buffer.from(JSON.stringify({ auths })));

function chosen(auths: unknown, image: string) {
  const parsed = config(auths);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.credentialsFor(parseImageReference(image));
}

const entry = (username: string) => ({ username, password: "p" });

describe("credentials of a docker configuration", () => {
  test.each([
    ["https://index.docker.io/v1/", "debian"],
    ["docker.io", "team/debian:1"],
    ["registry.example", "registry.example/a:1"],
    ["https://registry.example/v2/", "registry.example/a"],
    ["REGISTRY.example:5000", "registry.example:5000/a"],
    ["registry.example/team", "registry.example/team/a"],
    ["registry.example/team/a", "registry.example/team/a"],
    ["http://127.0.0.1:5000", "127.0.0.1:5000/a"],
  ])("under %s are for %s", (key, image) => {
    expect(chosen({ [key]: entry("u") }, image)).toEqual({ kind: "password", username: "u", password: "p" });
  });

  test.each([
    ["registry.example", "registry.example:5000/a"],
    ["registry.example:5000", "registry.example/a"],
    ["registry.example", "evil.registry.example/a"],
    ["registry.example", "registry.example.evil/a"],
    ["registry.example/team", "registry.example/teams/a"],
    ["user@registry.example", "registry.example/a"],
    ["", "debian"],
  ])("under %j are not for %s", (key, image) => {
    expect(chosen({ [key]: entry("u") }, image)).toBeUndefined();
  });

  test("of the longest path that fits count", () => {
    const auths = { "r.example": entry("all"), "r.example/team/a": entry("one"), "r.example/team": entry("team") };
    const names = ["r.example/x", "r.example/team/b", "r.example/team/a"].map((image) => chosen(auths, image));
    expect(names).toMatchObject([{ username: "all" }, { username: "team" }, { username: "one" }]);
  });

  test("may be written as one text, with a colon in the password, or be a token", () => {
    const auth = Buffer.from("u:p:q").toString("base64");
    expect(chosen({ r: 1, "r.example": { auth } }, "r.example/a")).toEqual({
      kind: "password",
      username: "u",
      password: "p:q",
    });
    const token = { auth, identitytoken: "t" };
    expect(chosen({ "r.example": token }, "r.example/a")).toEqual({ kind: "identityToken", token: "t" });
    expect(chosen({ "r.example": { auth: "*" } }, "r.example/a")).toBeUndefined();
  });

  test("that cannot be read are said so without a word of them", () => {
    expect(parseDockerConfig(Buffer.from("{secret"))).toEqual({ ok: false, why: "is not JSON" });
    expect(parseDockerConfig(Buffer.from([0xff, 0xfe]))).toEqual({ ok: false, why: "is not JSON" });
    for (const auths of [undefined, "secret", []]) expect(config(auths)).toEqual({ ok: false, why: 'has no "auths"' });
  });
});
