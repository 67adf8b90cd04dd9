/** What a DomainSpec says, as a real guest sees it, and as the node enforces it. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run, succeed } from "./support/command.ts";
import { domains, LocalEngine, projectRoot } from "./support/local-engine.ts";
import { eventually } from "./support/wait.ts";

let engine: LocalEngine;
const virtctl = join(projectRoot, "dist/bin/virtctl");

const machine = (name: string, action: string, clock: string) => `
apiVersion: kubevirt.io/v1alpha1
kind: VirtualMachine
metadata: {name: ${name}}
spec:
  terminationGracePeriodSeconds: 3
  domain:
    clock: ${clock}
    cpu: {cores: 2}
    resources: {requests: {memory: 128Mi}, limits: {memory: 128Mi, cpu: 700m}}
    devices:
      watchdog: {name: dog, i6300esb: {action: ${action}}}
      disks:
      - {name: root, volumeName: root, disk: {bus: virtio}}
      - {name: seed, volumeName: seed, cdrom: {bus: sata, tray: open}}
      - {name: sata, volumeName: sata, disk: {bus: sata}}
      - {name: locked, volumeName: locked, disk: {bus: virtio, readonly: true}}
      - {name: floppy, volumeName: floppy, floppy: {}}
  volumes:
  - {name: root, ephemeral: {persistentVolumeClaim: {claimName: tiny}}}
  - {name: seed, cloudInitNoCloud: {userData: none}}
  - {name: sata, emptyDisk: {capacity: 3Mi}}
  - {name: locked, emptyDisk: {capacity: 2Mi}}
  - {name: floppy, emptyDisk: {capacity: 1440Ki}}
`;

/** What the guest's shell answers. */
async function ask(name: string, commands: string): Promise<string> {
  const args = ["console", name, "--namespace", engine.namespace, "--linger", "2"];
  const { code, output } = await run(virtctl, args, { env: engine.env, input: `${commands}\n`, timeoutMs: 60_000 });
  if (code !== 0) throw new Error(output);
  return output;
}

/** Until the guest has come to its shell once more. */
const booted = (name: string, times: number) =>
  eventually(`${name} has booted`, async () => {
    const { output } = await engine.virtctl("logs", name, "--namespace", engine.namespace);
    return output.split("guest: ready").length > times ? output : undefined;
  });

const phaseOf = (name: string) => engine.kubectl("get", "vm", name, "--output", "jsonpath={.status.phase}");

beforeAll(async () => {
  engine = await LocalEngine.create();
  await engine.start();
  await engine.importGuest("tiny");
  const manifests = [
    machine("ahead", "poweroff", "{utc: {offsetSeconds: 86400}}"),
    machine("tokyo", "reset", "{timezone: Asia/Tokyo}"),
  ];
  const applied = await engine.tryKubectl(["apply", "--filename", "-"], manifests.join("---"));
  expect(applied.code, applied.output).toBe(0);
  await Promise.all([booted("ahead", 1), booted("tokyo", 1)]);
});

afterAll(async () => {
  await engine?.remove();
});

test.each([
  ["ahead", 86_400],
  ["tokyo", 9 * 3_600],
])("the clock of %s is %i seconds ahead", async (name, ahead) => {
  const said = await ask(name, "echo rtc=$(cat /sys/class/rtc/rtc0/since_epoch)");
  const seconds = Number(/^rtc=(\d+)/m.exec(said)?.[1]);
  expect(Math.abs(seconds - Date.now() / 1000 - ahead)).toBeLessThan(60);
});

test("cores, memory and disks are those that were asked for", async () => {
  const said = await ask(
    "ahead",
    [
      "echo cores=$(nproc)",
      "echo memory=$(sed -n 's/MemTotal: *//p' /proc/meminfo)",
      "echo sata=$(cat /sys/block/sda/size)",
      "echo locked=$(cat /sys/block/vdb/ro)",
      "dd if=/dev/fd0 bs=512 count=2880 2>&1 | grep -c '2880+0 records in' | sed s/^/floppy=/",
    ].join("; "),
  );
  expect(said).toMatch(/^cores=2/m);
  expect(Number(/^memory=(\d+)/m.exec(said)?.[1])).toBeLessThan(128 * 1024);
  expect(Number(/^memory=(\d+)/m.exec(said)?.[1])).toBeGreaterThan(64 * 1024);
  expect(said).toMatch(/^sata=6144/m);
  expect(said).toMatch(/^locked=1/m);
  // The guest has closed the tray by looking into it: the definition says how it was at the start.
  const name = `${engine.namespace}_ahead`;
  const xml = await succeed("virsh", ["--connect", "qemu:///system", "dumpxml", "--inactive", name]);
  expect(xml).toMatch(/<target dev='sd[a-z]' bus='sata' tray='open'\/>/);
});

test("limits are the kernel's", async () => {
  const name = (await domains(engine, "ahead"))[0]?.name ?? "";
  const limit = await succeed("virsh", ["--connect", "qemu:///system", "memtune", name]);
  expect(Number(/hard_limit\s*:\s*(\d+)/.exec(limit)?.[1])).toBeGreaterThan(128 * 1024);
  const schedule = await succeed("virsh", ["--connect", "qemu:///system", "schedinfo", name]);
  expect(schedule).toMatch(/global_quota\s*:\s*70000/);
});

test("a watchdog that is not fed powers the machine off, or starts the guest again, and it is told", async () => {
  const hang = "watchdog -T 2 -t 3600 /dev/watchdog0";
  await ask("ahead", hang);
  await ask("tokyo", hang);
  await eventually("ahead has ended", async () => ((await phaseOf("ahead")) === "Failed" ? true : undefined), 30);
  await booted("tokyo", 2);
  expect(await phaseOf("tokyo")).toBe("Running");
  const events = await eventually("it is told", async () => {
    const told = await engine.kubectl("get", "events", "--field-selector", "reason=WatchdogFired", "--output", "name");
    return told.split("\n").length >= 2 ? told : undefined;
  });
  expect(events).not.toBe("");
});
