/**
 * Machines that stand in launcher pods: the guest has the pod's address on the pod's network, QEMU is in the pod's cgroup,
 * secrets and claims are those that the kubelet has brought for the pod, and the pod's end is the machine's.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import { writtenClaims } from "../../core/claim-use";
import type { NetworkAttachment } from "../../core/convert";
import { isFinal } from "../../core/phases";
import { claimsWritten, claimsWrittenFrom, createdByLabel } from "../../core/plan/launcher-pod";
import type { KubeClient } from "../../kube/client";
import { coreResources } from "../../kube/resource";
import type { DomainRef } from "../../libvirt/hypervisor";
import type { Clock } from "../../runtime/clock";
import { hasCode } from "../../runtime/error-code";
import { nameOf, namespaceOf, uidOf } from "../machine-identity";
import { macOf } from "../network/card";
import type { MachinePlaces, PlaceEnd } from "../place";
import type { ReadSecret } from "../volumes/registry/pull-secret";
import type { RunCommand } from "../volumes/run-command";
import { hostNameOf } from "./address-server";
import type { PodCgroups } from "./cgroup";
import {
  containerIdOf,
  endOfPod,
  isLauncherOf,
  type LauncherPod,
  type LauncherProcess,
  PodNotReadyError,
  type ProcessTable,
} from "./launcher";
import type { LauncherWays } from "./launcher-ways";
import type { PodClaims } from "./pod-claims";
import { PodNetwork, tapNameOf } from "./pod-network";
import { readPodSecret } from "./pod-secrets";

export interface PodPlacesOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly processes: ProcessTable;
  readonly cgroups: PodCgroups;
  readonly claims: PodClaims;
  readonly ways?: LauncherWays | undefined;
  readonly run: RunCommand;
  /** A machine's own folder. */
  readonly folderOf: (uid: string) => string;
  /** The kubelet's folder, as seen from here. */
  readonly kubeletFolder: string;
  /** Where libvirt writes the process ids of its domains, as seen from here. */
  readonly domainPidFolder: string;
  /** The launcher pod of a machine as the watch last showed it. */
  readonly podOf: (machineUid: string) => LauncherPod | undefined;
  /** Whether the watch has shown all pods of the node yet. */
  readonly knowsPods: () => boolean;
  /** Why this node may not run machines that write to claims; undefined while it may. */
  readonly isolation: () => string | undefined;
}

export class PodPlaces implements MachinePlaces {
  readonly limitedBy = "pod";
  readonly #o: PodPlacesOptions;

  constructor(options: PodPlacesOptions) {
    this.#o = options;
  }

  async look(vm: VirtualMachine): Promise<NetworkAttachment> {
    checkClaims(vm, this.#pod(vm));
    const { mtu } = await this.#network(vm).address(await this.#launcher(vm));
    return { kind: "tap", device: tapNameOf(uidOf(vm)), mtu };
  }

  async connect(vm: VirtualMachine): Promise<{ ip: string }> {
    const card = { mac: macOf(vm), hostName: hostNameOf(nameOf(vm)) };
    const { address } = await this.#network(vm).prepare(await this.#launcher(vm), card);
    return { ip: address.ip };
  }

  /** The container that libvirt is in may end at any moment, and takes along what is in its cgroup. */
  async hold(vm: VirtualMachine, domain: DomainRef): Promise<void> {
    await this.#o.cgroups.add((await this.#launcher(vm)).cgroups, [await this.#qemuOf(domain)]);
  }

  async settle(vm: VirtualMachine, domain: DomainRef): Promise<void> {
    const launcher = await this.#launcher(vm);
    const qemu = await this.#qemuOf(domain);
    const network = this.#network(vm);
    await network.plugIn(launcher, { qemu, tap: tapNameOf(uidOf(vm)) });
    const server = await network.server();
    await this.#o.cgroups.add(launcher.cgroups, server === undefined ? [qemu] : [qemu, server]);
    await this.#openWays(vm, async () => launcher);
  }

  /**
   * An address server that has died is started again: the guest asks it when it boots anew. Ways to the guest end with
   * the agent that has opened them.
   */
  async keep(vm: VirtualMachine): Promise<void> {
    await this.#openWays(vm, () => this.#launcher(vm));
    const network = this.#network(vm);
    if ((await network.server()) !== undefined) return;
    await this.connect(vm);
    const server = await network.server();
    if (server !== undefined) await this.#o.cgroups.add((await this.#launcher(vm)).cgroups, [server]);
  }

  secrets(vm: VirtualMachine): ReadSecret {
    return (name) => readPodSecret(this.#pod(vm), name, this.#o.kubeletFolder);
  }

  async endOf(vm: VirtualMachine): Promise<PlaceEnd | undefined> {
    const { clock, client, podOf, knowsPods, isolation } = this.#o;
    // Its pod may be long gone, and nobody need be asked about it.
    if (isFinal(vm.status?.phase)) return undefined;
    const isolated = isolation();
    if (isolated !== undefined && claimsWritten(vm, podOf(uidOf(vm))?.spec?.volumes).length > 0) {
      const report = { phase: "Failed", reason: "NodeIsolated", message: isolated } as const;
      return { deadline: clock.now(), report };
    }
    if (!knowsPods()) return undefined;
    const uid = uidOf(vm);
    const pod = podOf(uid);
    if (pod !== undefined) return endOfPod(pod, clock.now());
    // The API is asked, not the cache, before a guest loses its place.
    const { namespace } = vm.metadata;
    const labelSelector = `${createdByLabel}=${uid}`;
    const { items } = await client.list<LauncherPod>(coreResources.pods, { namespace, labelSelector });
    return endOfPod(
      items.find((found) => isLauncherOf(found, vm)),
      clock.now(),
    );
  }

  async release({ uid }: { readonly uid: string }): Promise<void> {
    await this.#closeWays(uid);
    await new PodNetwork(this.#o.folderOf(uid), this.#o.run).release();
    await this.#o.claims.release(uid);
  }

  /** The launcher ends with the code that its pod's phase comes from. */
  async close(vm: VirtualMachine): Promise<void> {
    const pod = this.#o.podOf(uidOf(vm));
    const container = pod === undefined ? undefined : containerIdOf(pod);
    const launcher = container === undefined ? undefined : await this.#o.processes.launcherOf(container);
    if (launcher === undefined) return;
    await this.#o.cgroups.remove(launcher.cgroups);
    try {
      process.kill(launcher.pid, vm.status?.phase === "Succeeded" ? "SIGUSR1" : "SIGUSR2");
    } catch (error) {
      if (!hasCode(error, "ESRCH")) throw error;
    }
  }

  async #openWays(vm: VirtualMachine, launcherOf: () => Promise<LauncherProcess>): Promise<void> {
    await this.#o.ways?.open({ namespace: namespaceOf(vm), name: nameOf(vm), uid: uidOf(vm) }, launcherOf);
  }

  async #closeWays(uid: string): Promise<void> {
    const { ways, podOf, processes } = this.#o;
    const pod = podOf(uid);
    const isUp = pod !== undefined && containerIdOf(pod) !== undefined;
    await ways?.close(uid, isUp ? () => launcherProcessOf(pod, processes) : undefined);
  }

  #network(vm: VirtualMachine): PodNetwork {
    return new PodNetwork(this.#o.folderOf(uidOf(vm)), this.#o.run);
  }

  #pod(vm: VirtualMachine): LauncherPod {
    const pod = this.#o.podOf(uidOf(vm));
    if (pod !== undefined && isLauncherOf(pod, vm)) return pod;
    throw new PodNotReadyError(`the launcher pod of ${vm.metadata.namespace}/${vm.metadata.name} is not on this node`);
  }

  async #launcher(vm: VirtualMachine): Promise<LauncherProcess> {
    const pod = this.#pod(vm);
    return launcherProcessOf(pod, this.#o.processes);
  }

  /** libvirt writes the number down; that it is this domain's is seen from the process itself. */
  async #qemuOf({ name, uuid }: DomainRef): Promise<number> {
    const file = join(this.#o.domainPidFolder, `${name}.pid`);
    const pid = Number((await readFile(file, "utf8")).trim());
    const words = Number.isInteger(pid) && pid > 1 ? await readFile(`/proc/${pid}/cmdline`, "utf8") : "";
    if (!words.includes(uuid)) throw new Error(`${file} names process ${pid}, which is not the QEMU of ${uuid}`);
    return pid;
  }
}

export async function launcherProcessOf(pod: LauncherPod, processes: ProcessTable): Promise<LauncherProcess> {
  const container = containerIdOf(pod);
  if (container === undefined) throw new PodNotReadyError(`the launcher of pod ${pod.metadata.name} does not run`);
  const launcher = await processes.launcherOf(container);
  if (launcher !== undefined) return launcher;
  throw new PodNotReadyError(
    `the launcher of pod ${pod.metadata.name} (container ${container.slice(0, 12)}) is not among this node's processes; the agent needs the node's process ids (hostPID)`,
  );
}

/** Who else may write is decided by what the pods hold: a spec that was changed since lets nobody write to more. */
function checkClaims(vm: VirtualMachine, pod: LauncherPod): void {
  const held = claimsWrittenFrom(pod.spec?.volumes ?? []);
  const missing = writtenClaims(vm).filter((claim) => !held.includes(claim));
  if (missing.length === 0) return;
  throw new PodNotReadyError(
    `the machine was changed since launcher pod ${pod.metadata.name} was made, which does not hold ` +
      `${missing.map((claim) => `claim "${claim}"`).join(", ")} to be written: take the change back, or make the machine anew`,
  );
}
