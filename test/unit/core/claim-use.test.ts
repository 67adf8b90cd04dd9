import { describe, expect, test } from "vitest";
import type { VirtualMachine } from "../../../provider/api/v1alpha1/virtual-machine";
import type { Volume } from "../../../provider/api/v1alpha1/volumes";
import { claimConflict, claimsOf } from "../../../provider/core/claim-use";
import { buildVirtualMachine } from "../../builders/virtual-machine";

const volumes = {
  write: { name: "disk", persistentVolumeClaim: { claimName: "data" } },
  read: { name: "disk", persistentVolumeClaim: { claimName: "data", readOnly: true } },
  above: { name: "disk", ephemeral: { persistentVolumeClaim: { claimName: "data" } } },
  other: { name: "disk", persistentVolumeClaim: { claimName: "else" } },
} satisfies Record<string, Volume>;

function machine(name: string, use: keyof typeof volumes, namespace = "default"): VirtualMachine {
  return buildVirtualMachine({ metadata: { name, uid: name, namespace }, spec: { volumes: [volumes[use]] } });
}

describe("claims", () => {
  test.each([
    ["write", "write", "write"],
    ["write", "read", "read"],
    ["write", "above", "read"],
    ["read", "write", "write"],
    ["above", "write", "write"],
  ] as const)("who wants to %s waits for one that has it to %s", (wanted, held, mode) => {
    expect(claimConflict(machine("new", wanted), [machine("old", held)])).toEqual({
      claim: "data",
      holder: "old",
      mode,
    });
  });

  test.each([
    ["read", "read"],
    ["above", "above"],
    ["read", "above"],
    ["write", "other"],
  ] as const)("%s beside %s is no conflict", (wanted, held) => {
    expect(claimConflict(machine("new", wanted), [machine("old", held)])).toBeUndefined();
  });

  test("of another namespace, and a machine's own, are no conflict", () => {
    expect(claimConflict(machine("new", "write"), [machine("old", "write", "elsewhere")])).toBeUndefined();
    expect(claimConflict(machine("new", "write"), [machine("new", "write")])).toBeUndefined();
  });

  test("are found in what nobody validated", () => {
    expect(claimsOf(undefined)).toEqual([]);
    expect(claimsOf({ spec: { volumes: 3 } })).toEqual([]);
    expect(claimsOf({ spec: { volumes: [null, { persistentVolumeClaim: 1 }, { ephemeral: "x" }] } })).toEqual([]);
  });
});
