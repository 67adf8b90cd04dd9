import { describe, expect, test } from "vitest";
import { claimFinalizer, planClaim, printCapacity } from "../../../../provider/core/plan/claim";

const gibibyte = 1024 ** 3;
const mostBytes = 64 * 1024 ** 4;

interface Change {
  readonly metadata?: object;
  readonly spec?: object;
  readonly status?: object;
}

function claim({ metadata, spec, status }: Change = {}): object {
  return {
    metadata: { uid: "u1", name: "data", namespace: "default", ...metadata },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
    ...(status === undefined ? {} : { status }),
  };
}

const marked = { metadata: { finalizers: [claimFinalizer] } };
const adopted = { ...marked, spec: { volumeName: "pvc-u1" } };
const requesting = (storage: unknown) => ({ resources: { requests: { storage } } });

const plan = (change: Change, diskBytes?: number) => planClaim({ claim: claim(change), diskBytes, mostBytes });

describe("a claim without a disk", () => {
  test("is marked as ours before it gets one, so that the disk cannot outlive it", () => {
    const adopt = { kind: "adopt", volumeName: "pvc-u1", storageClassName: "local" };
    expect(plan({})).toEqual(adopt);
    expect(plan(marked)).toEqual(adopt);
    expect(plan({ spec: { volumeName: "pvc-u1" } })).toEqual(adopt);
    expect(plan(adopted)).toEqual({ kind: "create", bytes: gibibyte });
  });

  test("gets as much as it asks for, in whole sectors", () => {
    const bytes = (storage: unknown) => plan({ ...adopted, spec: { ...adopted.spec, ...requesting(storage) } });
    expect(bytes("10G")).toEqual({ kind: "create", bytes: 10_000_000_000 + 512 - (10_000_000_000 % 512 || 512) });
    expect(bytes(1)).toEqual({ kind: "create", bytes: 512 });
    expect(bytes("100m")).toEqual({ kind: "create", bytes: 512 });
  });

  test("that names a volume waits for it: its disk is being imported", () => {
    expect(plan({ spec: { volumeName: "default-data" } })).toEqual({ kind: "wait" });
  });

  test("that had one gets no empty one in its place", () => {
    expect(plan({ ...adopted, status: { phase: "Bound" } })).toEqual({ kind: "none" });
  });

  test.each<[object, RegExp]>([
    [{ accessModes: undefined }, /accessModes must be given: ReadWriteOnce/],
    [
      { accessModes: ["ReadWriteMany"] },
      /"ReadWriteMany" cannot be had: a disk has one writer here; use ReadWriteOnce/,
    ],
    [{ accessModes: ["ReadWriteOnce", "ReadOnlyMany"] }, /"ReadOnlyMany" cannot be had/],
    [{ storageClassName: "fast" }, /"fast" is unknown here; leave it out, or use "local"/],
    [{ storageClassName: "" }, /"" is unknown here/],
    [{ dataSource: { kind: "VolumeSnapshot", name: "s" } }, /spec\.dataSource is not supported/],
    [{ selector: { matchLabels: {} } }, /spec\.selector is not supported/],
    [{ resources: undefined }, /storage must be a size, such as 10Gi/],
    [requesting("much"), /storage must be a size/],
    [requesting("0"), /must be more than 0 and at most/],
    [requesting("-1Gi"), /must be more than 0/],
    [requesting("1000Ei"), /at most 70368744177664 bytes/],
  ])("%j is refused with what would be right", (spec, words) => {
    const step = plan({ ...adopted, spec: { ...adopted.spec, ...spec } });
    expect(step).toMatchObject({ kind: "refuse", why: expect.stringMatching(words) });
  });

  test.each([undefined, null, 1, {}, { spec: null, metadata: [] }])("of any shape is planned: %j", (shape) => {
    expect(planClaim({ claim: shape, diskBytes: undefined, mostBytes })).toMatchObject({ kind: "refuse" });
  });
});

describe("a claim with a disk", () => {
  test("that names no volume yet is adopted first", () => {
    const adopt = { kind: "adopt", volumeName: "pvc-u1", storageClassName: "local" };
    expect(plan(marked, gibibyte)).toEqual(adopt);
    expect(plan({}, gibibyte)).toEqual(adopt);
  });

  test("is bound, and then left alone", () => {
    expect(plan(adopted, gibibyte)).toEqual({ kind: "bind", bytes: gibibyte });
    for (const storage of ["1Gi", "1024Mi", String(gibibyte)]) {
      expect(plan({ ...adopted, status: { phase: "Bound", capacity: { storage } } }, gibibyte)).toEqual({
        kind: "none",
      });
    }
  });

  test("is marked as ours, and keeps the name of its volume", () => {
    expect(plan({ spec: { volumeName: "default-data" } }, gibibyte)).toMatchObject({
      kind: "adopt",
      volumeName: "default-data",
    });
  });

  test("grows with what it asks for, and never shrinks", () => {
    const bound = { ...adopted, status: { phase: "Bound", capacity: { storage: "1Gi" } } };
    const asking = (storage: string) => ({ ...bound, spec: { ...adopted.spec, ...requesting(storage) } });
    expect(plan(asking("2Gi"), gibibyte)).toEqual({ kind: "grow", bytes: 2 * gibibyte });
    expect(plan(asking("2Gi"), 2 * gibibyte)).toEqual({ kind: "bind", bytes: 2 * gibibyte });
    expect(plan(asking("1Mi"), gibibyte)).toEqual({ kind: "none" });
    expect(plan(asking("1000Ei"), gibibyte)).toEqual({ kind: "none" });
  });
});

test("capacities are printed as a person would write them, in the largest unit that is exact", () => {
  const sizes = [512, 1024 ** 2, 1536 * 1024 ** 2, 10 * gibibyte, 2 * 1024 ** 4, gibibyte + 512];
  expect(sizes.map(printCapacity)).toEqual(["512", "1Mi", "1536Mi", "10Gi", "2Ti", String(gibibyte + 512)]);
});
