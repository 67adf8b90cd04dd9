/**
 * Controller and agent killed at every step: at each call of the API, the hypervisor or the volumes, before the call is
 * made or after it with the answer lost. A new process takes up what the dead one left. Whatever the step, the machine
 * runs once and leaves nothing.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { VirtualMachinePreset } from "../../../provider/api/v1alpha1/virtual-machine-preset";
import { virtualMachinePresets } from "../../../provider/core/resources";
import { buildPreset } from "../../builders/preset";
import { type CrashPlan, Mortal } from "./support/crash";
import { eventually, Lab } from "./support/lab";

let lab: Lab;

beforeEach(async () => {
  lab = await Lab.open();
});
afterEach(() => lab.close());

const preset: VirtualMachinePreset = buildPreset("two", { cpu: { cores: 2 } });
const moments: readonly CrashPlan["moment"][] = ["before", "after"];

/** Tells the story once with a process that lives, then again for each step that it took, with one that dies there. */
async function atEveryStep(
  moment: CrashPlan["moment"],
  story: (mortal: Mortal, name: string) => Promise<void>,
): Promise<readonly string[]> {
  const living = new Mortal({ step: "", moment });
  await story(living, "web");
  for (const [index, step] of living.steps.entries()) await story(new Mortal({ step, moment }), `web-${index}`);
  return living.steps;
}

/** Resolves when the mortal is dead, or the machine is where a living one would have brought it. */
const deadOr = (mortal: Mortal, done: () => Promise<boolean>) =>
  eventually("death or the end", async () => (mortal.diedAt !== undefined || (await done()) ? true : undefined));

describe.each(moments)("an agent that dies %s a step", (moment) => {
  test("of a start: the machine runs, started once, and leaves nothing when it is deleted", async () => {
    await lab.startController();
    const steps = await atEveryStep(moment, async (mortal, name) => {
      const { metadata } = await lab.create(name, { terminationGracePeriodSeconds: 0 });
      const first = lab.makeAgent({ mortal });
      await first.start().catch(() => undefined);
      await deadOr(mortal, async () => (await lab.get(name))?.status?.phase === "Running");
      await lab.stop(first);

      const second = await lab.startAgent();
      await lab.phase(name, "Running");
      expect(lab.starts(name), `starts after the death ${mortal.diedAt}`).toBe(1);
      expect(await lab.guest(metadata.uid), `the guest after the death ${mortal.diedAt}`).toBe("running");
      expect(await lab.traces(metadata.uid)).toEqual(["domain", "address", "files"]);
      await lab.delete(name);
      await lab.gone(name);
      await lab.noTraces(metadata.uid);
      await lab.stop(second);
    });
    expect(steps).toEqual(
      expect.arrayContaining([
        "prepare volumes",
        "qemu-img",
        "addDhcpHost",
        "define",
        "start",
        "resume",
        "update virtualmachines/status",
      ]),
    );
  }, 120_000);

  test("of a deletion: the guest ends and nothing is left", async () => {
    await lab.startController();
    const steps = await atEveryStep(moment, async (mortal, name) => {
      const { metadata } = await lab.create(name, { terminationGracePeriodSeconds: 0 });
      const maker = await lab.startAgent();
      await lab.phase(name, "Running");
      await lab.stop(maker);

      await lab.delete(name);
      const first = lab.makeAgent({ mortal });
      await first.start().catch(() => undefined);
      await deadOr(mortal, async () => (await lab.get(name)) === undefined);
      await lab.stop(first);

      const second = await lab.startAgent();
      await lab.gone(name);
      await lab.noTraces(metadata.uid);
      expect(lab.starts(name)).toBe(1);
      await lab.stop(second);
    });
    expect(steps).toEqual(expect.arrayContaining(["destroy", "undefine", "removeDhcpHost", "remove volumes"]));
  }, 120_000);

  test("after a guest ended by itself: its end is told as it was, it is not started again, and nothing is left", async () => {
    await lab.startController();
    await atEveryStep(moment, async (mortal, name) => {
      const { metadata } = await lab.create(name);
      const maker = await lab.startAgent();
      await lab.phase(name, "Running");
      await lab.stop(maker);

      lab.hypervisor.endGuest(metadata.uid ?? "", "shutdown");
      const first = lab.makeAgent({ mortal });
      await first.start().catch(() => undefined);
      await deadOr(mortal, async () => (await lab.traces(metadata.uid)).length === 0);
      await lab.stop(first);

      const second = await lab.startAgent();
      await lab.phase(name, "Succeeded");
      await lab.noTraces(metadata.uid);
      expect(lab.starts(name)).toBe(1);
      await lab.delete(name);
      await lab.gone(name);
      await lab.stop(second);
    });
  }, 120_000);

  test("after a guest ended that nobody had written down as running: it is not started again", async () => {
    await lab.startController();
    await atEveryStep(moment, async (mortal, name) => {
      const { metadata } = await lab.create(name);
      const starter = new Mortal({ step: "resume", moment: "after" });
      const maker = await lab.startAgent({ mortal: starter });
      await eventually("the guest is let go on", () => starter.diedAt);
      await lab.stop(maker);
      lab.hypervisor.endGuest(metadata.uid ?? "", "shutdown");

      const first = lab.makeAgent({ mortal });
      await first.start().catch(() => undefined);
      await deadOr(mortal, async () => (await lab.traces(metadata.uid)).length === 0);
      await lab.stop(first);

      const second = await lab.startAgent();
      await lab.phase(name, "Succeeded");
      await lab.noTraces(metadata.uid);
      expect(lab.starts(name), `starts after the death ${mortal.diedAt}`).toBe(1);
      await lab.delete(name);
      await lab.gone(name);
      await lab.stop(second);
    });
  }, 120_000);
});

describe.each(moments)("a controller that dies %s a write", (moment) => {
  test("of a placement: the machine is placed once, with its presets, and told of once", async () => {
    await lab.startAgent();
    await lab.client.create(virtualMachinePresets, preset);
    const steps = await atEveryStep(moment, async (mortal, name) => {
      const { metadata } = await lab.create(name, { terminationGracePeriodSeconds: 0 });
      const first = await lab.startController(mortal);
      await deadOr(mortal, async () => (await lab.get(name))?.status?.phase === "Running");
      await lab.stop(first);

      const second = await lab.startController();
      const vm = await lab.phase(name, "Running");
      expect(vm.spec.domain.cpu).toEqual({ cores: 2 });
      expect(vm.metadata.finalizers).toEqual(["foregroundDeleteVirtualMachine"]);
      expect(lab.starts(name)).toBe(1);
      const counts = new Map<string, number>();
      for (const { reason, count } of await lab.events(metadata.uid)) {
        counts.set(reason, (counts.get(reason) ?? 0) + count);
      }
      expect(Math.max(...counts.values())).toBe(1);
      await lab.delete(name);
      await lab.gone(name);
      await lab.noTraces(metadata.uid);
      await lab.stop(second);
    });
    expect(steps).toEqual(expect.arrayContaining(["update virtualmachines", "update virtualmachines/status"]));
  }, 120_000);

  test("of a removal: the machine goes when its guest has ended", async () => {
    await lab.startAgent();
    await atEveryStep(moment, async (mortal, name) => {
      const { metadata } = await lab.create(name, { terminationGracePeriodSeconds: 0 });
      const placer = await lab.startController();
      await lab.phase(name, "Running");
      await lab.stop(placer);
      const first = await lab.startController(mortal);
      await lab.delete(name);
      await deadOr(mortal, async () => (await lab.get(name)) === undefined);
      await lab.stop(first);

      const second = await lab.startController();
      await lab.gone(name);
      await lab.noTraces(metadata.uid);
      await lab.stop(second);
    });
  }, 120_000);
});
