/** Limits of memory, from the object to the hypervisor, also when an agent dies in between. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { VirtualMachineSpec } from "../../../provider/api/v1alpha1/virtual-machine";
import { refusal } from "../../fakes/hypervisor-refusal";
import { Mortal } from "./support/crash";
import { eventually, Lab } from "./support/lab";

let lab: Lab;

beforeEach(async () => {
  lab = await Lab.open();
  await lab.startController();
});
afterEach(() => lab.close());

const limited: Partial<VirtualMachineSpec> = {
  terminationGracePeriodSeconds: 0,
  domain: {
    resources: { limits: { memory: "64Mi" } },
    devices: { disks: [{ name: "root", volumeName: "root", disk: { bus: "virtio" } }] },
  },
};
const limitOf = (uid = "") => lab.hypervisor.memoryLimits.get(uid);

test("a machine with a limit is bounded when it runs, one without is not", async () => {
  await lab.startAgent();
  await lab.create("web", limited);
  await lab.create("free");
  expect(limitOf((await lab.phase("web", "Running")).metadata.uid)).toBeGreaterThan(64n * 1024n);
  expect(limitOf((await lab.phase("free", "Running")).metadata.uid)).toBeUndefined();
});

test("a machine whose agent died before it was bounded is bounded by the next one, and started once", async () => {
  const mortal = new Mortal({ step: "limitMemory", moment: "before" });
  await lab.startAgent({ mortal });
  await lab.create("web", limited);
  await eventually("the agent has died", () => mortal.diedAt);
  expect(lab.hypervisor.memoryLimits.size).toBe(0);
  await lab.startAgent();
  expect(limitOf((await lab.phase("web", "Running")).metadata.uid)).toBeGreaterThan(0n);
  expect(lab.starts("web")).toBe(1);
});

test("a node that cannot enforce the limit says so, and runs the machine", async () => {
  lab.hypervisor.failNext("limitMemory", refusal("operationInvalid", "cgroup memory controller is not mounted"));
  await lab.startAgent();
  await lab.create("web", limited);
  const { metadata } = await lab.phase("web", "Running");
  const told = await eventually("it is told", async () =>
    (await lab.events(metadata.uid)).find(({ reason }) => reason === "LimitNotEnforced"),
  );
  expect(told.message).toContain("cgroup memory controller is not mounted");
});
