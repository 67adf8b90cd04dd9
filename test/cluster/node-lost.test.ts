/**
 * A node cut off, without power, and one whose agent alone is cut off. What leaves nothing moves at once; what writes to a
 * claim is never in two places: it waits for the node's word, or for the operator's, and an agent that hears nothing for
 * long ends it by itself.
 */
import { execFile } from "node:child_process";
import { chmod, copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../e2e/support/wait.ts";
import { guestImage, install, kubectl, makeVolume, Namespace, node, removeVolume } from "./support/cluster.ts";
import { agentOn, controllers, leadingPod, processIn } from "./support/control-plane.ts";
import { Figures, secondsSince } from "./support/figures.ts";
import { allWell, eventuallyIn, type Member, offline, ready, spreadSet } from "./support/fleet.ts";
import { guestProcesses } from "./support/guest-processes.ts";
import { GuestTimeline } from "./support/guest-timeline.ts";
import { claim, eventsOf } from "./support/machines.ts";

const run = promisify(execFile);
const lost = "node1";
const other = "node2";
const outOfService = "node.kubernetes.io/out-of-service";
/** Seconds of the agents' patience in the last case. */
const selfFenceSeconds = 30;
/** Bound to the lost node; and one that every node reaches. */
const rooted = "lost-rooted";
const roaming = "lost-roaming";
const fleetSize = 4;

let space: Namespace;
let folder: string;
const timeline = new GuestTimeline();
const figures = new Figures("A node that is lost", ["case", "what", "seconds"]);

beforeAll(async () => {
  await install();
  folder = await mkdtemp(join(tmpdir(), "kubevirt-node-lost-"));
  // The nodes are namespaces of this machine: a folder of it is on both of them.
  await chmod(folder, 0o777);
  const raw = join(folder, "guest.raw");
  await run("qemu-img", ["convert", "-O", "raw", guestImage(), raw]);
  await makeVolume(rooted, { node: lost, image: raw });
  await copyFile(raw, join(folder, "disk.img"));
  space = await Namespace.create("node-lost");
  timeline.start();
  await space.apply(volumeOnEveryNode(roaming, folder), claim(rooted), claim(roaming));
  await onlyOn(lost, () => space.apply(offline("rooted", rooted), offline("roaming", roaming)), ["rooted", "roaming"]);
  await spreadSet(space, "pair");
});

afterAll(async () => {
  timeline.stop();
  await mended();
  await space?.remove();
  await removeVolume(rooted);
  await kubectl("delete", "persistentvolume", roaming, "--ignore-not-found");
  await rm(folder, { recursive: true, force: true });
  await install();
  figures.print();
});

afterEach(() => {
  expect(timeline.overlaps).toEqual([]);
});

async function mended(): Promise<void> {
  await node("mend-network", lost).catch(() => undefined);
  await node("power-on", lost);
  await kubectl("taint", "nodes", lost, `${outOfService}-`).catch(() => undefined);
  await kubectl("uncordon", lost, other);
}

function volumeOnEveryNode(name: string, path: string): object {
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name },
    spec: {
      storageClassName: "local",
      capacity: { storage: "64Mi" },
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: "Retain",
      hostPath: { path },
    },
  };
}

/** Makes machines while only one node takes pods, and waits until they run. */
async function onlyOn(where: string, make: () => Promise<unknown>, names: readonly string[]): Promise<void> {
  const closed = where === lost ? other : lost;
  await kubectl("cordon", closed);
  try {
    await make();
    await eventuallyIn(space, `${names.join(" and ")} run on ${where}`, (machines) => {
      const there = machines.filter(({ status }) => status?.phase === "Running" && status.nodeName === where);
      return names.every((name) => there.some(({ metadata }) => metadata.name === name)) ? true : undefined;
    });
  } finally {
    await kubectl("uncordon", closed);
  }
}

/** The fleet, with a machine of the set on the node that will be lost. */
async function fleetWithOneOfThePairThere(): Promise<readonly Member[]> {
  const fleet = await allWell(space, fleetSize);
  const pair = fleet.filter(({ name }) => name.startsWith("pair"));
  if (pair.some((member) => member.node === lost)) return fleet;
  await kubectl("cordon", other);
  try {
    await space.kubectl("delete", "vm", pair[0]?.name ?? "", "--timeout=60s");
    return await allWell(space, fleetSize);
  } finally {
    await kubectl("uncordon", other);
  }
}

/** Has the controller lead that is on a node. There is one on each. */
async function leadFrom(where: string): Promise<void> {
  expect((await controllers()).map(({ spec }) => spec.nodeName).sort()).toEqual([lost, other]);
  await eventually(`the controller of ${where} leads`, async () => {
    const pod = await leadingPod();
    if (pod.spec.nodeName === where) return true;
    await kubectl("--namespace=kubevirt", "delete", "pod", pod.metadata.name);
    return undefined;
  });
  await kubectl("--namespace=kubevirt", "rollout", "status", "deployment/virt-controller", "--timeout=60s");
}

const named = (members: readonly Member[], name: string): Member => {
  const member = members.find(
    (one) => one.name === name || (name === "pair" && one.name.startsWith(name) && one.node === lost),
  );
  if (member === undefined) throw new Error(`there is no machine ${name}`);
  return member;
};
const process = (members: readonly Member[], name: string) => named(members, name).process;
const isUp = ({ uid }: Member) => guestProcesses().some((guest) => guest.uid === uid);

/** Another machine of the set runs in place of this one. Returns seconds. */
async function replaced(fleet: readonly Member[], since: number): Promise<number> {
  const known = new Set(fleet.map(({ uid }) => uid));
  await eventuallyIn(
    space,
    "the set has another machine on the other node",
    (machines) =>
      machines.find(
        ({ metadata, status }) =>
          metadata.labels?.app === "pair" &&
          !known.has(metadata.uid ?? "") &&
          status?.phase === "Running" &&
          status.nodeName === other,
      ),
    120,
  );
  return secondsSince(since);
}

/** The machine waits, and says what for and what can be done. */
async function heldBack(name: string, volume: string): Promise<void> {
  const vm = await eventuallyIn(
    space,
    `${name} is held back`,
    (machines) => machines.find((one) => one.metadata.name === name && one.status?.phase === "Unknown"),
    90,
  );
  expect(ready(vm)).toMatchObject({ status: "Unknown", reason: "NodeLost" });
  expect(ready(vm)?.message).toContain(`writes to claim "${volume}"`);
  expect(ready(vm)?.message).toContain(`kubectl taint nodes ${lost} ${outOfService}=nodeshutdown:NoExecute`);
}

function saidToRun(...names: readonly string[]): Promise<true> {
  return eventuallyIn(space, `${names.join(" and ")} run`, (machines) => {
    const running = machines.filter(({ status }) => status?.phase === "Running");
    return names.every((name) => running.some(({ metadata }) => metadata.name === name)) ? true : undefined;
  });
}

describe("a node whose network is cut", () => {
  test("has its ephemeral machines replaced and the others held back; all is one again when it is mended", async () => {
    const fleet = await fleetWithOneOfThePairThere();
    // The worst case: whoever leads is cut off too.
    await leadFrom(lost);
    await node("cut-network", lost);
    const cut = performance.now();
    const seconds = await replaced(fleet, cut);
    figures.add({ case: "network cut", what: "ephemeral machine replaced", seconds });
    await heldBack("rooted", rooted);
    await heldBack("roaming", roaming);
    figures.add({ case: "network cut", what: "machines with claims held back", seconds: secondsSince(cut) });
    for (const member of fleet) expect(isUp(member)).toBe(true);

    await node("mend-network", lost);
    const mend = performance.now();
    const old = named(fleet, "pair");
    await eventually("the replaced machine's guest is ended", async () => (isUp(old) ? undefined : true));
    const ended = secondsSince(mend);
    figures.add({ case: "network mended", what: "replaced machine's guest ended", seconds: ended });
    await saidToRun("rooted", "roaming");
    figures.add({ case: "network mended", what: "machines with claims said to run", seconds: secondsSince(mend) });
    const after = await allWell(space, fleetSize);
    figures.add({ case: "network mended", what: "all well, and answers", seconds: secondsSince(mend) });
    for (const name of ["rooted", "roaming"]) expect(process(after, name)).toBe(process(fleet, name));
    expect(seconds).toBeLessThan(60);
    expect(ended).toBeLessThan(30);
  });
});

describe("a node without power", () => {
  test("has its machines with claims made elsewhere when an operator says that it is off, and not before", async () => {
    const fleet = await fleetWithOneOfThePairThere();
    await node("power-off", lost);
    const off = performance.now();
    const seconds = await replaced(fleet, off);
    figures.add({ case: "power off", what: "ephemeral machine replaced", seconds });
    await heldBack("rooted", rooted);
    await heldBack("roaming", roaming);
    expect(timeline.ofName("node-lost_roaming")).toHaveLength(1);

    await kubectl("taint", "nodes", lost, `${outOfService}=nodeshutdown:NoExecute`);
    const taint = performance.now();
    const moved = await eventuallyIn(space, "roaming runs on the other node", (machines) =>
      machines.find(
        ({ metadata, status }) =>
          metadata.name === "roaming" && status?.phase === "Running" && status.nodeName === other,
      ),
    );
    figures.add({
      case: "taken out of service",
      what: "machine with a claim runs elsewhere",
      seconds: secondsSince(taint),
    });
    expect(moved.metadata.uid).not.toBe(named(fleet, "roaming").uid);
    const told = (await eventsOf(space, "roaming")).filter((event) => event.startsWith("NodeLost"));
    expect(told.at(-1)).toBe(`NodeLost node ${lost} was marked as out of service`);
    const stuck = await eventuallyIn(space, "rooted waits for its volume's node", (machines) =>
      machines.find((vm) => vm.metadata.name === "rooted" && ready(vm)?.reason === "Unschedulable"),
    );
    expect(ready(stuck)?.message).toMatch(/0\/2 nodes are available: .*didn't match PersistentVolume's node affinity/);
    const [first, second, ...others] = timeline.ofName("node-lost_roaming");
    expect(others).toEqual([]);
    expect(first?.to).toBeLessThan(second?.from ?? 0);
    expect(first?.disks).toEqual(second?.disks);

    await node("power-on", lost);
    const on = performance.now();
    await kubectl("taint", "nodes", lost, `${outOfService}-`);
    const after = await allWell(space, fleetSize);
    figures.add({ case: "power on", what: "all well, and answers", seconds: secondsSince(on) });
    expect(named(after, "rooted").node).toBe(lost);
    expect(seconds).toBeLessThan(60);
  });
});

describe("an agent that hears nothing of the API", () => {
  test("ends the machines that write to claims in time, and leaves the others alone", async () => {
    await install("--self-fence-seconds", String(selfFenceSeconds));
    const fleet = await fleetWithOneOfThePairThere();
    const agent = processIn(await agentOn(lost), "agent", "virt-agent.js");
    const firewall = (verb: "--insert" | "--delete") =>
      run(
        "nsenter",
        `--target ${agent} --net iptables --wait ${verb} OUTPUT --protocol tcp --dport 443 --jump DROP`.split(" "),
      );
    await firewall("--insert");
    const isolated = performance.now();
    try {
      await eventually(
        "the machine that writes is ended",
        async () => (isUp(named(fleet, "rooted")) ? undefined : true),
        90,
      );
      const seconds = secondsSince(isolated);
      figures.add({ case: `agent isolated (${selfFenceSeconds} s)`, what: "machine with a claim ended", seconds });
      for (const member of fleet) if (member.name !== "rooted") expect(isUp(member)).toBe(true);
      expect(seconds).toBeLessThan(selfFenceSeconds + 10);
    } finally {
      await firewall("--delete");
    }
    const mend = performance.now();
    const after = await allWell(space, fleetSize);
    figures.add({ case: "agent heard again", what: "all well, and answers", seconds: secondsSince(mend) });
    expect(await eventsOf(space, "rooted")).toContainEqual(
      expect.stringMatching(/^Stopped the node could not reach the Kubernetes API/),
    );
    for (const { name, process } of after) {
      if (name !== "rooted") expect(process).toBe(named(fleet, name).process);
    }
    expect(named(after, "rooted").uid).not.toBe(named(fleet, "rooted").uid);
  });
});
