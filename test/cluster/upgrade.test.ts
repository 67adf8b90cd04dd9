/** Controller, agent and libvirt of another release rolled out under machines that run, and under some that are being started. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../e2e/support/wait.ts";
import { install, Namespace, nodes, onNode, registry, tag } from "./support/cluster.ts";
import { agentOn, controllers } from "./support/control-plane.ts";
import { Figures, secondsSince } from "./support/figures.ts";
import { allWell, eventuallyIn, type Member } from "./support/fleet.ts";
import { GuestTimeline } from "./support/guest-timeline.ts";
import { eventsOf, guestSpec, inPhase, machine } from "./support/machines.ts";

const run = promisify(execFile);
const next = `${tag()}-next`;
/** The libvirt of a node's agent. */
const libvirt = "qemu:///system?socket=/run/kubevirt/libvirt/libvirt-sock";
const kept = ["stays", "stops", "goes"] as const;
const begun = ["early", "middle", "late"] as const;

let space: Namespace;
let fleet: readonly Member[];
const timeline = new GuestTimeline();
const figures = new Figures("Another release rolled out under machines", ["what", "figure"]);

beforeAll(async () => {
  await install();
  // The same programs under another name: to Kubernetes that is another release.
  for (const image of ["virt-controller", "virt-agent", "virt-launcher"]) {
    const [from, to] = [tag(), next].map((name) => `docker://${registry()}/${image}:${name}`);
    await run("skopeo", ["copy", "--quiet", "--src-tls-verify=false", "--dest-tls-verify=false", from ?? "", to ?? ""]);
  }
  space = await Namespace.create("upgrade");
  timeline.start();
  await space.apply(...(await Promise.all(kept.map(ticking))));
  fleet = await allWell(space, kept.length);
});

afterAll(async () => {
  timeline.stop();
  await space?.remove();
  await install();
  figures.print();
});

/** A machine whose guest counts the seconds on its console, on a node of its own choice. */
async function ticking(name: string): Promise<object> {
  const guest = (await guestSpec()) as {
    volumes: readonly object[];
    domain: { devices: { disks: readonly object[] } };
  };
  const disks = [...guest.domain.devices.disks, { name: "seed", volumeName: "seed", disk: { bus: "virtio" } }];
  const userData = "#!/bin/sh\n(n=0; while :; do n=$((n+1)); echo tick $n; sleep 1; done) >/dev/ttyS0 &\n";
  return machine(name, {
    spec: {
      domain: { ...guest.domain, devices: { disks } },
      volumes: [...guest.volumes, { name: "seed", cloudInitNoCloud: { userData } }],
    },
  });
}

const named = (name: string): Member => {
  const member = fleet.find((one) => one.name === name);
  if (member === undefined) throw new Error(`there is no machine ${name}`);
  return member;
};

/** The seconds that a guest has counted so far. */
async function ticksOf({ node, uid }: Member): Promise<readonly number[]> {
  const log = await onNode(node, "cat", `/var/lib/kubevirt/logs/${uid}/console.log`);
  return [...log.matchAll(/tick (\d+)/g)].map(([, number]) => Number(number));
}

const everyPod = async () => [...(await Promise.all(nodes.map(agentOn))), ...(await controllers())];
const virsh = (node: string, command: string) => onNode(node, "sh", "-c", `virsh -q -c '${libvirt}' ${command}`);

describe("another release", () => {
  test("is rolled out: no guest and no object is touched, and machines that are being started run once", async () => {
    const ticked = await eventually("the guest counts", async () => {
      const ticks = await ticksOf(named("stays"));
      return ticks.length > 0 ? ticks.length : undefined;
    });
    const old = await everyPod();
    const start = performance.now();
    const rollOut = install("--tag", next);
    // A machine is at every step of its start at some moment of it.
    for (const name of begun) {
      await space.apply(await machine(name, { labels: { probe: name } }));
      await eventuallyIn(space, `${name} runs`, (machines) =>
        machines.find(({ metadata, status }) => metadata.name === name && status?.phase === "Running"),
      );
    }
    await rollOut;
    figures.add({ what: "rolled out after (s), two agents one after the other", figure: secondsSince(start) });
    for (const { metadata } of await everyPod()) expect(old.map((one) => one.metadata.uid)).not.toContain(metadata.uid);

    const now = await allWell(space, kept.length);
    const writes = now.filter(({ revision, name }) => revision !== named(name).revision).length;
    figures.add({ what: "objects written of machines that ran", figure: writes });
    expect(now).toEqual(fleet);
    for (const name of begun) {
      const vm = await inPhase(space, name, "Running");
      const told = (await eventsOf(space, name)).filter((event) => event.startsWith("Started"));
      expect(told).toEqual(["Started VM started."]);
      figures.add({
        what: `processes of a machine begun meanwhile (${name})`,
        figure: timeline.ofMachine(vm.metadata.uid).length,
      });
    }
    expect(timeline.overlaps).toEqual([]);
    const ticks = await ticksOf(named("stays"));
    expect(ticks.length).toBeGreaterThan(ticked);
    expect(ticks).toEqual(ticks.map((_, index) => index + 1));
  });

  test("has the guests in its libvirt, and their consoles go on", async () => {
    for (const member of fleet) {
      expect(await virsh(member.node, `domstate upgrade_${member.name}`)).toBe("running");
      const before = (await ticksOf(member)).length;
      await eventually("the console goes on", async () =>
        (await ticksOf(member)).length > before + 1 ? true : undefined,
      );
    }
  });

  test("reports a guest that is powered off", async () => {
    await virsh(named("stops").node, "shutdown upgrade_stops --mode acpi");
    const off = performance.now();
    await inPhase(space, "stops", "Succeeded");
    figures.add({ what: "power-off of a guest of the release before, reported after (s)", figure: secondsSince(off) });
  });

  test("leaves nothing of a machine that is deleted", async () => {
    const { node, uid } = named("goes");
    await space.kubectl("delete", "vm", "goes", "--timeout=60s");
    // Each looks for a text that does not stand in its own command line.
    const [first = "", rest = ""] = [uid.slice(0, 1), uid.slice(1)];
    const left = async () =>
      (await onNode(node, "sh", "-c", "find /var/lib/kubevirt; mount")).match(new RegExp(`${uid}|upgrade_goes`)) !==
        null || (await onNode(node, "sh", "-c", `pgrep -f '[${first}]${rest}' || true`)) !== "";
    await eventually("nothing of it is left", async () => ((await left()) ? undefined : true), 30);
  });
});
