import { describe, expect, test } from "vitest";
import { isMoving, parseImageReference, printImageReference } from "../../../../provider/agent/oci/image-reference";
import { OciError } from "../../../../provider/agent/oci/oci-error";

const hex = "0123456789abcdef".repeat(4);

describe("an image reference", () => {
  test.each([
    ["debian", "docker.io/library/debian:latest"],
    ["debian:12", "docker.io/library/debian:12"],
    ["team/debian", "docker.io/team/debian:latest"],
    ["docker.io/debian", "docker.io/library/debian:latest"],
    ["index.docker.io/team/debian:12", "docker.io/team/debian:12"],
    ["registry-1.docker.io/debian", "docker.io/library/debian:latest"],
    ["registry.example/debian", "registry.example/debian:latest"],
    ["Registry.Example/a/b__c/d-e.f:V1", "registry.example/a/b__c/d-e.f:V1"],
    ["localhost/debian", "localhost/debian:latest"],
    ["localhost:5000/debian:12", "localhost:5000/debian:12"],
    ["127.0.0.1:5000/debian", "127.0.0.1:5000/debian:latest"],
    ["[::1]:5000/debian", "[::1]:5000/debian:latest"],
    ["registry:5000/debian", "registry:5000/debian:latest"],
    [`debian@sha256:${hex}`, `docker.io/library/debian@sha256:${hex}`],
    [`r.example/debian:12@sha512:${hex}${hex}`, `r.example/debian:12@sha512:${hex}${hex}`],
  ])("%s is read as every tool reads it", (text, full) => {
    expect(printImageReference(parseImageReference(text))).toBe(full);
  });

  test.each([
    ["", /names no repository/],
    ["registry.example/", /names no repository/],
    ["registry.example/Debian", /"Debian" is not a path of lower-case names/],
    ["a/../b", /is not a path/],
    ["a//b", /is not a path/],
    ["http://registry.example/debian", /is not/],
    ["user@registry.example/debian", /after "@" there must be a digest/],
    ["debian:a tag", /"a tag" is not a tag/],
    ["debian:", /"" is not a tag/],
    ["registry.example:99999/debian", /"registry.example:99999" is not a registry's host/],
    ["-registry.example/debian", /is not a registry's host/],
    [`debian@md5:${hex}`, /there must be a digest/],
    [`debian@sha256:${hex.toUpperCase()}`, /there must be a digest/],
    [`debian@sha256:${hex}@sha256:${hex}`, /more than one "@"/],
    [`a/${"b".repeat(300)}`, /longer than 255/],
  ])("%j is refused with what is wrong in it", (text, words) => {
    expect(() => parseImageReference(text)).toThrow(OciError);
    expect(() => parseImageReference(text)).toThrow(words);
  });

  test("may stand for another image tomorrow when it is latest, by name or by silence", () => {
    const moving = ["debian", "debian:latest", "debian:12", `debian@sha256:${hex}`, `debian:latest@sha256:${hex}`];
    expect(moving.map((text) => isMoving(parseImageReference(text)))).toEqual([true, true, false, false, false]);
  });
});
