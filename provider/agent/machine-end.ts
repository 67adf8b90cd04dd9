/**
 * Ends machines and removes what is left of them: a domain that is to go, gracefully and then not; its definition, its
 * address, its files. Also of domains whose object is gone.
 */
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import { type MachineStep, planMachine, shutdownIntervalSeconds } from "../core/plan/machine";
import { virtualMachines } from "../core/resources";
import type { KubeClient } from "../kube/client";
import type { Result } from "../kube/work-queue";
import type { DomainRef, Hypervisor } from "../libvirt/hypervisor";
import type { Clock } from "../runtime/clock";
import type { Logger } from "../runtime/log";
import type { OwnedDomain } from "./domain-index";
import type { MachineLogs } from "./guests/console-log";
import type { MachineReporter } from "./machine-report";
import { macOfDomain } from "./network/card";
import { macAddressOf } from "./network/mac";
import type { MachinePlaces } from "./place";
import type { VolumePreparer } from "./volumes";

export interface MachineEnderOptions {
  readonly client: KubeClient;
  readonly hypervisor: Hypervisor;
  readonly volumes: VolumePreparer;
  readonly logs: MachineLogs | undefined;
  readonly places: MachinePlaces;
  readonly reporter: MachineReporter;
  readonly clock: Clock;
  readonly log: Logger;
}

export type StopStep = MachineStep & { readonly kind: "shutdown" | "destroy" };

export class MachineEnder {
  readonly #o: MachineEnderOptions;
  /** UIDs of machines without an object → when that was first seen. */
  readonly #orphanedSince = new Map<string, number>();

  constructor(options: MachineEnderOptions) {
    this.#o = options;
  }

  async stop(step: StopStep, domain: DomainRef | undefined, vm?: VirtualMachine): Promise<Result> {
    if (domain === undefined) return undefined;
    if (step.kind === "destroy") {
      await this.#o.hypervisor.destroy(domain);
      return { requeueAfterMs: 0 };
    }
    if (step.resumeFirst === true) await this.#o.hypervisor.resume(domain);
    await this.#o.hypervisor.shutdown(domain);
    if (vm !== undefined) {
      this.#o.reporter.event(vm, { type: "Normal", reason: "ShuttingDown", message: "Signaled Graceful Shutdown" });
    }
    return { requeueAfterMs: Math.min(step.secondsLeft, shutdownIntervalSeconds) * 1000 };
  }

  /** A domain of ours whose object is gone, or was replaced by another of the same name. The API is asked, not the cache. */
  async endStray(key: string, { domain, owner }: OwnedDomain): Promise<Result> {
    const [namespace, name] = key.split("/");
    const live = await this.#o.client.find(virtualMachines, { namespace, name });
    if (live?.metadata.uid === owner.uid) return { requeueAfterMs: 500 };
    const { hypervisor, clock } = this.#o;
    const since = this.#orphanedSince.get(owner.uid) ?? clock.now();
    this.#orphanedSince.set(owner.uid, since);
    const step = planMachine({
      vm: undefined,
      domain: await hypervisor.domainStatus(domain),
      leftovers: true,
      now: clock.now(),
      orphanedSince: since,
      orphanGraceSeconds: owner.gracePeriodSeconds,
    });
    if (step.kind === "shutdown" || step.kind === "destroy") return this.stop(step, domain);
    this.#o.log.info({ key, uid: owner.uid }, "removing a domain whose object is gone");
    const mac = macOfDomain(await hypervisor.domainXml(domain)) ?? macAddressOf(owner.uid);
    await this.clean(owner.uid, mac, domain);
    await this.#o.logs?.remove(owner.uid);
    this.#orphanedSince.delete(owner.uid);
    return undefined;
  }

  async clean(uid: string, mac: string, domain: DomainRef | undefined): Promise<void> {
    if (domain !== undefined) await this.#o.hypervisor.undefine(domain);
    await this.removeLeftovers(uid, mac);
  }

  /**
   * Removes what a machine left that has nothing running: what it held of its place, then its files, since the files are what tells
   * the next pass that something is left. Of a machine known by its files alone, the card is taken for its own.
   */
  async removeLeftovers(uid: string, mac: string = macAddressOf(uid)): Promise<void> {
    await this.#o.places.release({ uid, mac });
    await this.#o.volumes.remove(uid);
  }
}
