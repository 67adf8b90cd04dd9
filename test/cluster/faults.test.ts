/**
 * Parts of the control plane and of Kubernetes killed, frozen and away under machines that run: none of them is touched or
 * doubled, what is said of them is true, and work goes on.
 */
import { execFile } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { VirtualMachine } from "../../provider/api/v1alpha1/virtual-machine";
import { eventually, guestAnswer } from "../e2e/support/wait.ts";
import {
  component,
  guestImage,
  install,
  kubectl,
  makeVolume,
  Namespace,
  nodes,
  registry,
  removeVolume,
  tag,
} from "./support/cluster.ts";
import {
  agentOn,
  controllers,
  everyControlPodIsReady,
  kill,
  leader,
  leadingPod,
  processIn,
  restarts,
} from "./support/control-plane.ts";
import { Figures, secondsSince } from "./support/figures.ts";
import { allWell, eventuallyIn, type Member, offline, probe, spreadSet } from "./support/fleet.ts";
import { guestProcesses, lifeOf } from "./support/guest-processes.ts";
import { GuestTimeline } from "./support/guest-timeline.ts";
import { claim, machine } from "./support/machines.ts";

const rawGuest = "/tmp/kubevirt-faults-guest.raw";
const volume = "faults-db";
const fleetSize = 4;
/** Longer than a lease of a node is believed, in milliseconds. */
const longAway = 60_000;

let space: Namespace;
let fleet: readonly Member[];
const timeline = new GuestTimeline();
const figures = new Figures("What was killed, and what became of 4 machines that ran", [
  "fault",
  "plain pod after (s)",
  "new machine after (s)",
  "all well after (s)",
  "guests restarted",
  "objects written",
  "containers restarted",
]);

beforeAll(async () => {
  await install();
  await promisify(execFile)("qemu-img", ["convert", "-O", "raw", guestImage(), rawGuest]);
  await makeVolume(volume, { node: "node2", image: rawGuest });
  space = await Namespace.create("faults");
  timeline.start();
  await space.apply(claim(volume), await machine("single"), offline("db", volume));
  await spreadSet(space, "pair");
  fleet = await allWell(space, fleetSize);
});

afterAll(async () => {
  timeline.stop();
  await space?.remove();
  await removeVolume(volume);
  await promisify(execFile)("rm", ["-f", rawGuest]);
  figures.print();
});

afterEach(() => {
  expect(timeline.overlaps).toEqual([]);
});

/** Brings a fault about and returns when it is over. `begin` has the new machine made already now. */
type Strike = (begin: () => Promise<void>) => Promise<unknown>;

let trials = 0;

/**
 * Strikes, has a new machine made as soon as that can be, and waits until all is as it was. The new
 * machine shows that work goes on, and has to be started once, whoever was at work when.
 */
async function survives(fault: string, strike: Strike): Promise<void> {
  trials += 1;
  const name = `probe-${trials}`;
  const before = await restarts();
  let begun = false;
  const begin = async () => {
    begun = true;
    await eventually("the API takes a new machine", () => space.apply(...probes).then(() => true, refused));
  };
  const probes = [await probe(name), plainPod(name)];
  await strike(begin);
  const over = performance.now();
  if (!begun) await begin();
  const [plain, { uid, worked }] = await Promise.all([
    space.kubectl("wait", "--for=condition=Ready", "--timeout=150s", `pod/${name}`).then(() => secondsSince(over)),
    eventuallyIn(space, `${name} runs`, (machines) => runningProbe(machines, name), 150).then((uid) => ({
      uid,
      worked: secondsSince(over),
    })),
  ]);
  await eventually("every part of the control plane is ready", everyControlPodIsReady);
  const now = await allWell(space, fleetSize);
  const well = secondsSince(over);
  figures.add({
    fault,
    "plain pod after (s)": plain,
    "new machine after (s)": worked,
    "all well after (s)": well,
    "guests restarted": now.filter(({ process }) => !fleet.some((one) => one.process === process)).length,
    "objects written": now.filter(({ revision }) => !fleet.some((one) => one.revision === revision)).length,
    "containers restarted": (await restarts()) - before,
  });
  expect(facts(now)).toEqual(facts(fleet));
  expect(timeline.ofMachine(uid)).toHaveLength(1);
  await space.kubectl("delete", `vm/${name}`, `pod/${name}`, "--timeout=60s");
  expect(guestProcesses().map(({ machine: guest }) => guest)).not.toContain(`faults_${name}`);
  fleet = now;
}

/** What Kubernetes itself takes, where none of our parts is needed. */
const plainPod = (name: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: {
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 65_532 },
    containers: [{ name: "plain", image: `${registry()}/virt-launcher:${tag()}` }],
  },
});

function runningProbe(machines: readonly VirtualMachine[], name: string): string | undefined {
  const { metadata, status } = machines.find((vm) => vm.metadata.name === name) ?? {};
  if (status?.phase === "Failed") throw new Error(`${name} has failed: ${JSON.stringify(status)}`);
  return status?.phase === "Running" ? metadata?.uid : undefined;
}
const refused = () => undefined;
const facts = (members: readonly Member[]) => members.map(({ revision, ...facts }) => facts);

const program = { controller: "virt-controller.js", agent: "virt-agent.js", libvirt: "libvirtd" } as const;
const agentProcess = async (node: string) => processIn(await agentOn(node), "agent", program.agent);
const libvirtProcess = async (node: string) => processIn(await agentOn(node), "libvirt", program.libvirt);
const leadingProcess = async () => processIn(await leadingPod(), "virt-controller", program.controller);

describe("machines stay as they are, and new ones start", () => {
  test("when the controller that leads is removed by force", async () => {
    await survives("leader's pod deleted by force", async () => {
      const { metadata } = await leadingPod();
      await kubectl("--namespace=kubevirt", "delete", "pod", metadata.name, "--grace-period=0", "--force");
    });
  });

  test("when the controller that leads is killed", async () => {
    await survives("leader killed (-9)", async () => kill(await leadingProcess()));
  });

  test("when both controllers are killed", async () => {
    await survives("both controllers killed (-9)", async () => {
      const pids = (await controllers()).map((pod) => processIn(pod, "virt-controller", program.controller));
      await Promise.all(pids.map(kill));
    });
  });

  test("when the controller that leads is frozen, and woken while another one leads", async () => {
    await survives("leader frozen for 30 s, then woken", async (begin) => {
      const frozen = await leadingPod();
      const pid = await leadingProcess();
      process.kill(pid, "SIGSTOP");
      const since = performance.now();
      try {
        await begin();
        await eventually("another one leads", async () =>
          (await leader()) === frozen.metadata.name ? undefined : true,
        );
        await pause(30_000 - (performance.now() - since));
      } finally {
        process.kill(pid, "SIGCONT");
      }
      const other = await leader();
      await eventually("the woken one begins anew", async () => (lifeOf(pid) === undefined ? true : undefined));
      expect(await leader()).toBe(other);
    });
  });

  test("when an agent is killed", async () => {
    await survives("agent killed (-9)", async () => kill(await agentProcess("node2")));
  });

  test("when libvirtd is killed", async () => {
    await survives("libvirtd killed (-9)", async () => kill(await libvirtProcess("node2")));
  });

  test("when agents and libvirtds of all nodes are killed at once", async () => {
    await survives("all agents and libvirtds killed (-9)", async () => {
      const pids = await Promise.all(nodes.flatMap((node) => [agentProcess(node), libvirtProcess(node)]));
      await Promise.all(pids.map(kill));
    });
  });

  test("when containerd is restarted", async () => {
    await survives("containerd restarted", () => component("restart", "containerd-node2"));
  });

  test("when the kubelet is killed and started", async () => {
    await survives("kubelet killed and started", () => component("restart", "kubelet-node2"));
  });

  test("when the API is killed, and away for longer than nodes' leases last", async () => {
    await survives("kube-apiserver away for 60 s", async () => {
      await component("kill", "kube-apiserver");
      const since = performance.now();
      try {
        await Promise.all(fleet.map(({ ip }) => guestAnswer(ip, 20)));
        await pause(longAway - (performance.now() - since));
      } finally {
        await component("start", "kube-apiserver");
      }
    });
  });

  test("when the API loses its store for a moment", async () => {
    await survives("etcd restarted", () => component("restart", "etcd"));
  });
});
