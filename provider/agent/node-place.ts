/**
 * Machines that stand on the node itself: on a network of its libvirt, with an address that is reserved for their card,
 * secrets asked of the API, limits set by libvirt.
 */
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import { memoryLimitOf, type NetworkAttachment } from "../core/convert";
import { validateObject } from "../core/validation";
import type { KubeClient } from "../kube/client";
import { type DomainRef, type Hypervisor, HypervisorError } from "../libvirt/hypervisor";
import { nameOf, namespaceOf } from "./machine-identity";
import type { AddressBook } from "./network/address";
import { macOf } from "./network/card";
import type { MachinePlaces } from "./place";
import { readSecret } from "./read-secret";
import type { ReadSecret } from "./volumes/registry/pull-secret";

export interface NodePlacesOptions {
  readonly client: KubeClient;
  readonly hypervisor: Hypervisor;
  readonly addresses: AddressBook;
  /** libvirt network that guests are put on. */
  readonly network: string;
  readonly domainType: "kvm" | "qemu";
  /** Told why a machine's limit of memory is not enforced. */
  readonly onUnlimited: (vm: VirtualMachine, why: string) => void;
}

export class NodePlaces implements MachinePlaces {
  readonly limitedBy = "domain";
  readonly #o: NodePlacesOptions;

  constructor(options: NodePlacesOptions) {
    this.#o = options;
  }

  async look(vm: VirtualMachine): Promise<NetworkAttachment> {
    await this.#o.addresses.look(macOf(vm));
    return { kind: "network", name: this.#o.network };
  }

  connect(vm: VirtualMachine): Promise<{ ip: string }> {
    return this.#o.addresses.reserve({ mac: macOf(vm), name: nameOf(vm) });
  }

  async hold(): Promise<void> {}

  /** A node that cannot bound the guest's memory says so, and runs the guest all the same. */
  async settle(vm: VirtualMachine, domain: DomainRef): Promise<void> {
    const { hypervisor, domainType, onUnlimited } = this.#o;
    // Of a machine whose start was cut off, the spec may be another by now, and none that was ever looked at.
    const kibibytes = validateObject(vm).errors.length > 0 ? undefined : memoryLimitOf(vm.spec, domainType);
    if (kibibytes === undefined) return;
    try {
      await hypervisor.limitMemory(domain, kibibytes);
    } catch (error) {
      if (!(error instanceof HypervisorError)) throw error;
      onUnlimited(vm, error.message);
    }
  }

  async keep(): Promise<void> {}

  secrets(vm: VirtualMachine): ReadSecret {
    return (name) => readSecret(this.#o.client, { namespace: namespaceOf(vm), name });
  }

  async endOf(): Promise<undefined> {
    return undefined;
  }

  release({ mac }: { readonly mac: string }): Promise<void> {
    return this.#o.addresses.release(mac);
  }

  async close(): Promise<void> {}
}
