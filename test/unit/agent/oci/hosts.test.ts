import { describe, expect, test } from "vitest";
import { haveOneOwner, hostnameOf, isLoopback } from "../../../../provider/agent/oci/hosts";

describe("hosts", () => {
  test.each([
    ["registry-1.docker.io", "auth.docker.io"],
    ["registry.gitlab.com", "gitlab.com"],
    ["registry.corp.example", "login.corp.example"],
    ["ghcr.io", "ghcr.io"],
    ["10.0.0.5", "10.0.0.5"],
    ["registry", "registry"],
  ])("%s and %s belong to one owner", (a, b) => {
    expect(haveOneOwner(a, b)).toBe(true);
  });

  test.each([
    ["registry-1.docker.io", "auth.docker.io.evil.example"],
    ["registry-1.docker.io", "docker.io.evil"],
    ["victim.azurecr.io", "evil.azurecr.io"],
    ["victim.github.io", "evil.github.io"],
    ["victim.co.uk", "evil.co.uk"],
    ["10.0.0.5", "10.0.0.6"],
    ["registry", "auth"],
    ["127.0.0.1", "localhost"],
    ["registry.example", "::1"],
  ])("%s and %s do not", (a, b) => {
    expect(haveOneOwner(a, b)).toBe(false);
  });

  test("are this machine by their name or address alone", () => {
    const names = ["localhost", "127.0.0.1", "127.9.9.9", "::1"];
    expect(names.every(isLoopback)).toBe(true);
    expect(["localhost.evil", "127.0.0.1.evil", "128.0.0.1", "127.evil", "0.0.0.0"].some(isLoopback)).toBe(false);
  });

  test("are told from their ports", () => {
    const authorities = ["Registry.example:5000", "[::1]:5000", "registry"];
    expect(authorities.map(hostnameOf)).toEqual(["registry.example", "::1", "registry"]);
  });
});
