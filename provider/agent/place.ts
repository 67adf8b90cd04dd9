/**
 * What a machine stands in on this node: where its network, its secrets and its limits come from. On a laptop
 * that is the node itself (node-place.ts); on a Kubernetes cluster it is the machine's launcher pod (pods/pod-place.ts).
 */
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import type { NetworkAttachment } from "../core/convert";
import type { EndReport } from "../core/plan/machine";
import type { DomainRef } from "../libvirt/hypervisor";
import type { ReadSecret } from "./volumes/registry/pull-secret";

/** That a machine's place is about to go, and what is said of the machine then. */
export interface PlaceEnd {
  /** Milliseconds since the epoch until which the guest may take to shut down. */
  readonly deadline: number;
  readonly report: EndReport;
}

export interface MachinePlaces {
  /** Who keeps machines within their limits. */
  readonly limitedBy: "domain" | "pod";

  /**
   * Looks whether the machine can be connected and run here, and changes nothing. Returns what its card is plugged into,
   * for its document. Throws what a start fails with.
   */
  look(vm: VirtualMachine): Promise<NetworkAttachment>;
  /** Gets the network ready, side by side with the start of QEMU, and again as often as it is asked. */
  connect(vm: VirtualMachine): Promise<{ readonly ip: string }>;
  /** Of a domain that has just been started: from here on it is its place's, and outlives the agent. */
  hold(vm: VirtualMachine, domain: DomainRef): Promise<void>;
  /** Puts a started domain, whose guest still stands still, into its place: its card, its limits. As often as it is asked. */
  settle(vm: VirtualMachine, domain: DomainRef): Promise<void>;
  /** Looks after a guest that runs. */
  keep(vm: VirtualMachine, domain: DomainRef): Promise<void>;

  secrets(vm: VirtualMachine): ReadSecret;

  /** Undefined while the place is there to stay. */
  endOf(vm: VirtualMachine): Promise<PlaceEnd | undefined>;
  /** What the machine held of the place, by its uid and the address of its card. Its files are still there. */
  release(machine: { readonly uid: string; readonly mac: string }): Promise<void>;
  /** The machine has ended and nothing of it is left on the node. */
  close(vm: VirtualMachine): Promise<void>;
}
