/**
 * Which of libvirt's domains are this engine's, by the machine they belong to. Rebuilt from libvirt at every refresh:
 * the owner is read once per domain from the metadata that the converter wrote, and remembered by the domain's UUID.
 */
import { type DomainOwner, readOwner } from "../core/convert/owner";
import { isVirError } from "../libvirt/errors";
import type { DomainRef, Hypervisor } from "../libvirt/hypervisor";

export interface OwnedDomain {
  readonly domain: DomainRef;
  readonly owner: DomainOwner;
}

export class DomainIndex {
  readonly #hypervisor: Hypervisor;
  readonly #clusterUid: string;
  /** Domain UUID → owner; undefined for a domain that is somebody else's. */
  readonly #owners = new Map<string, DomainOwner | undefined>();
  #owned: readonly OwnedDomain[] = [];

  constructor(hypervisor: Hypervisor, clusterUid: string) {
    this.#hypervisor = hypervisor;
    this.#clusterUid = clusterUid;
  }

  /** Reads anew, and returns what was read: by the time the caller looks, another refresh may have ended. */
  async refresh(): Promise<readonly OwnedDomain[]> {
    const domains = await this.#hypervisor.listDomains();
    const present = new Set(domains.map((domain) => domain.uuid));
    for (const uuid of this.#owners.keys()) if (!present.has(uuid)) this.#owners.delete(uuid);
    const owned: OwnedDomain[] = [];
    for (const domain of domains) {
      const owner = this.#owners.has(domain.uuid) ? this.#owners.get(domain.uuid) : await this.#readOwner(domain);
      if (owner !== undefined) owned.push({ domain, owner });
    }
    this.#owned = owned;
    return owned;
  }

  /** As of the last refresh. */
  all(): readonly OwnedDomain[] {
    return this.#owned;
  }

  /** `namespace/name` of the machine a domain belonged to at the last refresh. */
  keyOfDomain(uuid: string): string | undefined {
    const owner = this.#owners.get(uuid);
    return owner === undefined ? undefined : `${owner.namespace}/${owner.name}`;
  }

  async #readOwner(domain: DomainRef): Promise<DomainOwner | undefined> {
    try {
      const owner = readOwner(await this.#hypervisor.domainXml(domain));
      const ours = owner?.clusterUid === this.#clusterUid ? owner : undefined;
      this.#owners.set(domain.uuid, ours);
      return ours;
    } catch (error) {
      // A definition that vanished after it was listed belongs to nobody, and nothing is remembered of it.
      if (isVirError(error, "noDomain")) return undefined;
      throw error;
    }
  }
}
