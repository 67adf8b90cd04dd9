/** QEMU killed, domains destroyed and undefined by hand, and a disk that somebody else wants too. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { OfflineVirtualMachine } from "../../provider/api/v1alpha1/offline-virtual-machine";
import type { VirtualMachine, VirtualMachineSpec } from "../../provider/api/v1alpha1/virtual-machine";
import { offlineVirtualMachines } from "../../provider/core/resources";
import { run, succeed } from "../e2e/support/command";
import { eventually } from "../e2e/support/wait";
import { guestKills, percentile, report } from "./bounds";
import { emptyMachine, FaultEngine } from "./support/engine";

let faults: FaultEngine;

beforeAll(async () => {
  faults = await FaultEngine.start();
});
afterAll(() => faults?.stop());

const domainOf = (name: string) => `${faults.namespace}_${name}`;
const onClaim = (claimName: string): VirtualMachineSpec => ({
  ...emptyMachine,
  volumes: [{ name: "scratch", persistentVolumeClaim: { claimName } }],
});

async function importClaim(name: string): Promise<void> {
  const image = join(faults.engine.folder, `${name}.img`);
  await writeFile(image, Buffer.alloc(1024 * 1024, name));
  const imported = await faults.engine.virtctl("image", "import", image, "--name", name, "-n", faults.namespace);
  expect(imported.code, imported.output).toBe(0);
}

const seconds = (since: number) => (performance.now() - since) / 1000;

test("a machine whose QEMU is killed has Failed soon, and is not started again", async () => {
  const times: number[] = [];
  for (let round = 0; round < guestKills; round += 1) {
    const name = `mortal-${round}`;
    await faults.create(name);
    await faults.phase(name, "Running");
    const pid = await faults.libvirt.qemuOf(domainOf(name));
    const began = performance.now();
    process.kill(pid, "SIGKILL");
    const vm = await faults.phase(name, "Failed");
    times.push(seconds(began));
    expect(vm.status?.conditions).toContainEqual(expect.objectContaining({ type: "Ready", reason: "GuestCrashed" }));
    await eventually("nothing is left of it", async () =>
      (await faults.libvirt.leftovers()).length === 0 ? true : undefined,
    );
    await faults.delete(name);
  }
  report("QEMU of a VirtualMachine killed", {
    kills: guestKills,
    "s until it was Failed at the median": percentile(times, 0.5).toFixed(2),
    "s at most": Math.max(...times).toFixed(2),
  });
  expect(Math.max(...times)).toBeLessThan(20);
});

test("an OfflineVirtualMachine comes back when its QEMU is killed, its domain destroyed or undefined, its machine deleted", async () => {
  await importClaim("kept");
  await faults.client.create<OfflineVirtualMachine>(offlineVirtualMachines, {
    apiVersion: "kubevirt.io/v1alpha1",
    kind: "OfflineVirtualMachine",
    metadata: { namespace: faults.namespace, name: "db" },
    spec: { runStrategy: "Always", template: { spec: onClaim("kept") } },
  });
  const ends: Readonly<Record<string, () => Promise<unknown>>> = {
    "QEMU killed": async () => process.kill(await faults.libvirt.qemuOf(domainOf("db")), "SIGKILL"),
    "domain destroyed": () => faults.libvirt.virsh("destroy", domainOf("db")),
    "domain undefined and destroyed": async () => {
      await faults.libvirt.virsh("undefine", domainOf("db"));
      await faults.libvirt.virsh("destroy", domainOf("db"));
    },
    "machine deleted": () => faults.delete("db"),
  };
  let before: VirtualMachine = await faults.phase("db", "Running");
  const figures: Record<string, string> = {};
  for (const [name, end] of Object.entries(ends)) {
    const began = performance.now();
    await end();
    before = await eventually(
      `another machine runs after: ${name}`,
      async () => {
        const vm = await faults.find("db");
        const isAnother = vm?.metadata.uid !== before.metadata.uid;
        return isAnother && vm?.status?.phase === "Running" ? vm : undefined;
      },
      400,
    );
    figures[`s after ${name}`] = seconds(began).toFixed(1);
  }
  report("an OfflineVirtualMachine was back", figures);
  await faults.client.delete(offlineVirtualMachines, { namespace: faults.namespace, name: "db" });
  await eventually("it is gone", async () => ((await faults.find("db")) === undefined ? true : undefined));
  await eventually("nothing is left of it", async () =>
    (await faults.libvirt.leftovers()).length === 0 ? true : undefined,
  );
});

test("a disk that is written is given to nobody else, neither to a machine of ours nor to a domain made by hand", async () => {
  await importClaim("wanted");
  await faults.create("first", onClaim("wanted"));
  const first = await faults.phase("first", "Running");
  await faults.create("second", onClaim("wanted"));
  const waiting = await eventually("the second machine says why it waits", async () => {
    const vm = await faults.find("second");
    return vm?.status?.conditions?.some(({ type }) => type === "Synchronized") ? vm : undefined;
  });
  const why = waiting.status?.conditions?.find(({ type }) => type === "Synchronized");
  expect(why).toMatchObject({ status: "False", reason: "ClaimInUse" });
  expect(why?.message).toContain("wanted");

  const xml = await faults.libvirt.virsh("dumpxml", domainOf("first"));
  const source = /<source file='([^']+)'/.exec(xml)?.[1] ?? "";
  const byHand = join(faults.engine.folder, "by-hand.xml");
  const disk = `<disk type='file'><driver name='qemu' type='raw'/><source file='${source}'/><target dev='vda'/></disk>`;
  await writeFile(
    byHand,
    `<domain type='qemu'><name>by-hand</name><memory unit='MiB'>32</memory><os><type>hvm</type></os><devices>${disk}</devices></domain>`,
  );
  const refused = await run("virsh", ["--connect", `qemu:///system?socket=${faults.libvirt.socket}`, "create", byHand]);
  expect(refused.code).not.toBe(0);
  expect(refused.output).toMatch(/lock/);
  expect((await faults.find("first"))?.metadata.resourceVersion).toBe(first.metadata.resourceVersion);

  await faults.delete("first");
  await faults.phase("second", "Running");
  await faults.delete("second");
  await succeed("rm", [byHand]);
});
