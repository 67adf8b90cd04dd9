/** Guests that stand still, between the API, the agent and the hypervisor. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { VirtualMachine } from "../../../provider/api/v1alpha1/virtual-machine";
import { findCondition } from "../../../provider/core/conditions";
import { pauseAnnotation } from "../../../provider/core/plan/pause";
import { virtualMachines } from "../../../provider/core/resources";
import { FakeHypervisor } from "../../fakes/hypervisor";
import { refusal } from "../../fakes/hypervisor-refusal";
import { eventually, Lab } from "./support/lab";

let lab: Lab;

beforeEach(async () => {
  lab = await Lab.open({ hypervisor: new FakeHypervisor({ onPowerButton: "powerOff" }) });
  await lab.startController();
});
afterEach(() => lab.close());

const wish = (value: string | null) =>
  lab.client.mergePatch(
    virtualMachines,
    { namespace: "default", name: "web" },
    { metadata: { annotations: { [pauseAnnotation]: value } } },
  );

/** Waits until the machine's Paused condition has this reason; undefined for none. */
const paused = (reason: string | undefined): Promise<VirtualMachine> =>
  eventually(`web is paused: ${reason}`, async () => {
    const vm = await lab.get("web");
    return findCondition(vm?.status?.conditions, "Paused")?.reason === reason ? vm : undefined;
  });

const stateOf = async (vm: VirtualMachine) => {
  const domain = await lab.hypervisor.lookupByUuid(vm.metadata.uid ?? "");
  return domain === undefined ? undefined : (await lab.hypervisor.domainStatus(domain)).state;
};

const readyOf = (vm: VirtualMachine) => findCondition(vm.status?.conditions, "Ready");

test("a machine stands still while its annotation says so, runs on after it, and is never started anew", async () => {
  await lab.startAgent();
  await lab.create("web");
  await lab.phase("web", "Running");
  await wish("true");
  const still = await paused("Requested");
  expect(still.status?.phase).toBe("Running");
  expect(readyOf(still)).toMatchObject({ status: "False", reason: "PausedByRequest" });
  expect(await stateOf(still)).toBe("paused");

  await wish(null);
  const on = await paused(undefined);
  expect(readyOf(on)).toMatchObject({ status: "True" });
  expect(await stateOf(on)).toBe("running");
  expect(lab.starts("web")).toBe(1);
  await eventually("both are told", async () => {
    const reasons = (await lab.events(on.metadata.uid)).map(({ reason }) => reason);
    return reasons.includes("Paused") && reasons.includes("Unpaused") ? reasons : undefined;
  });
});

test("a machine that is to stand still from the beginning is started first", async () => {
  await lab.startAgent();
  await lab.create("web", {}, { annotations: { [pauseAnnotation]: "true" } });
  expect(await stateOf(await paused("Requested"))).toBe("paused");
  expect(lab.starts("web")).toBe(1);
});

test("a pause outlives the engine, and what was wished while it was away is done", async () => {
  const agent = await lab.startAgent();
  await lab.create("web");
  await lab.phase("web", "Running");
  await wish("true");
  const still = await paused("Requested");
  await lab.stop(agent);
  const second = await lab.startAgent();
  expect(await stateOf(still)).toBe("paused");
  await lab.stop(second);
  await wish("false");
  await lab.startAgent();
  expect(await stateOf(await paused(undefined))).toBe("running");
});

test("a machine that stands still is stopped by its power button like any other", async () => {
  await lab.startAgent();
  await lab.create("web");
  await lab.phase("web", "Running");
  await wish("true");
  const { metadata } = await paused("Requested");
  await lab.delete("web");
  await lab.gone("web");
  await lab.noTraces(metadata.uid);
  const { calls } = lab.hypervisor;
  expect(calls.filter(({ verb }) => verb === "destroy")).toEqual([]);
  expect(calls.filter(({ verb }) => verb === "resume")).not.toEqual([]);
});

test("a guest that somebody else stopped is left to him, and can be let go on", async () => {
  await lab.startAgent();
  await lab.create("web");
  const { metadata } = await lab.phase("web", "Running");
  const domain = await lab.hypervisor.lookupByUuid(metadata.uid ?? "");
  if (domain === undefined) throw new Error("the machine has no domain");
  await lab.hypervisor.suspend(domain);
  const still = await paused("FromOutside");
  expect(readyOf(still)).toMatchObject({ status: "False", reason: "Paused" });
  await wish("false");
  await paused(undefined);
});

test("a guest whose disk has no room says so, and goes on when it is asked to and there is room", async () => {
  await lab.startAgent();
  await lab.create("web");
  const { metadata } = await lab.phase("web", "Running");
  const obstacle = lab.hypervisor.stopGuest(metadata.uid ?? "", "io-error");
  expect(findCondition((await paused("IOError")).status?.conditions, "Paused")?.message).toContain("make room");
  obstacle.clear();
  await wish("false");
  expect(await stateOf(await paused(undefined))).toBe("running");
});

test("a guest that stops again at once is not let go on at once again", async () => {
  await lab.startAgent();
  await lab.create("web");
  const { metadata } = await lab.phase("web", "Running");
  lab.hypervisor.stopGuest(metadata.uid ?? "", "io-error");
  const resumes = () =>
    lab.hypervisor.calls.filter(({ verb, subject }) => verb === "resume" && subject === "default_web").length;
  const before = resumes();
  await wish("false");
  await eventually("the condition says when it is tried again", async () => {
    const condition = findCondition((await lab.get("web"))?.status?.conditions, "Paused");
    return condition?.message?.includes("tried again every") ? condition : undefined;
  });
  await lab.create("other");
  await lab.phase("other", "Running");
  expect(resumes()).toBe(before + 1);
});

test("a pause that libvirt refuses is told, and tried again", async () => {
  await lab.startAgent();
  await lab.create("web");
  const { metadata } = await lab.phase("web", "Running");
  lab.hypervisor.failNext("suspend", refusal("operationFailed", "the guest is busy"));
  await wish("true");
  await paused("Requested");
  const event = (await lab.events(metadata.uid)).find(({ reason }) => reason === "FailedPause");
  expect(event?.message).toBe("the guest is busy");
});
