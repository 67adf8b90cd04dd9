/** libvirtd killed and stopped under machines that run: they go on, nobody takes them for dead, and work goes on after. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { VirtualMachine } from "../../provider/api/v1alpha1/virtual-machine";
import { machinesUnderLibvirt, report } from "./bounds";
import { FaultEngine, isAlive } from "./support/engine";

let faults: FaultEngine;
let before: readonly VirtualMachine[];
let processes: readonly number[];

beforeAll(async () => {
  faults = await FaultEngine.start();
  const names = Array.from({ length: machinesUnderLibvirt }, (_, index) => `vm-${index}`);
  await Promise.all(names.map((name) => faults.create(name)));
  before = await Promise.all(names.map((name) => faults.phase(name, "Running")));
  processes = await Promise.all(names.map((name) => faults.libvirt.qemuOf(`${faults.namespace}_${name}`)));
}, 600_000);
afterAll(() => faults?.stop());

const revisions = (machines: readonly VirtualMachine[]) =>
  machines.map(({ metadata: { name, resourceVersion } }) => `${name} ${resourceVersion}`).sort();

/** Every guest is the process that it was, and nothing was written about any of them. */
async function expectUntouched(): Promise<void> {
  expect(processes.filter((pid) => !isAlive(pid))).toEqual([]);
  const old = (await faults.machines()).filter(({ metadata }) => metadata.name?.startsWith("vm-"));
  expect(revisions(old)).toEqual(revisions(before));
}

describe(`libvirtd with ${machinesUnderLibvirt} machines up`, () => {
  test("is killed: the guests run on, and within 5 s of its return machines start again", async () => {
    await faults.libvirt.killDaemon();
    await faults.create("late");
    await pause(2_000);
    expect((await faults.find("late"))?.status?.phase).toBe("Scheduled");
    await expectUntouched();
    await faults.libvirt.startDaemon();
    const back = performance.now();
    await faults.phase("late", "Running");
    const seconds = (performance.now() - back) / 1000;
    report("kill -9 of libvirtd", { machines: machinesUnderLibvirt, "s to the next start": seconds.toFixed(2) });
    await expectUntouched();
  });

  test("hangs for 25 s: nobody is taken for dead, and the next machine starts", async () => {
    faults.libvirt.signalDaemon("SIGSTOP");
    try {
      await faults.create("later");
      await pause(25_000);
      await expectUntouched();
    } finally {
      faults.libvirt.signalDaemon("SIGCONT");
    }
    await faults.phase("later", "Running");
    await expectUntouched();
  });

  test("is killed together with the engine: a new one of each finds everything as it was", async () => {
    await faults.libvirt.killDaemon();
    await faults.kill();
    await faults.libvirt.startDaemon();
    await faults.engine.restart();
    await faults.create("latest");
    await faults.phase("latest", "Running");
    await expectUntouched();
  });
});
