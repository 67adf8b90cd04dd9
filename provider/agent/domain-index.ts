/**
 * Which of libvirt's domains are this engine's, by the machine they belong to. Read from libvirt at every look:
 * only the owner is remembered by the domain's UUID, as it stands in the metadata that the converter wrote.
 */
import { domainName } from "../core/convert";
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
  /** Key of a machine → UUIDs of domains that are, or were, for a machine of that name. */
  readonly #uuids = new Map<string, Set<string>>();

  constructor(hypervisor: Hypervisor, clusterUid: string) {
    this.#hypervisor = hypervisor;
    this.#clusterUid = clusterUid;
  }

  /** Reads all anew. */
  async refresh(): Promise<void> {
    const domains = await this.#hypervisor.listDomains();
    const present = new Set(domains.map((domain) => domain.uuid));
    for (const uuid of [...this.#owners.keys()]) if (!present.has(uuid)) this.#forget(uuid);
    for (const domain of domains) await this.#ownerOf(domain);
  }

  /**
   * The domains of machines of one name as libvirt has them now: the one that bears the name, and those that were known
   * under another, which a person may have given them.
   */
  async ofMachine(machine: { readonly namespace: string; readonly name: string }): Promise<readonly OwnedDomain[]> {
    const found: OwnedDomain[] = [];
    const key = keyOfMachine(machine);
    const named = await this.#hypervisor.lookupByName(domainName(machine.namespace, machine.name));
    const others = [...(this.#uuids.get(key) ?? [])].filter((uuid) => uuid !== named?.uuid);
    for (const uuid of others) {
      const domain = await this.#hypervisor.lookupByUuid(uuid);
      if (domain === undefined) this.#forget(uuid);
      else await this.#collect(domain, key, found);
    }
    if (named !== undefined) await this.#collect(named, key, found);
    return found;
  }

  async #collect(domain: DomainRef, key: string, found: OwnedDomain[]): Promise<void> {
    const owner = await this.#ownerOf(domain);
    if (owner !== undefined && keyOfMachine(owner) === key) found.push({ domain, owner });
  }

  /** Whose domains were there when they were last looked at. */
  owners(): readonly DomainOwner[] {
    return [...this.#owners.values()].filter((owner) => owner !== undefined);
  }

  /** `namespace/name` of the machine a domain belonged to when it was last looked at. */
  keyOfDomain(uuid: string): string | undefined {
    const owner = this.#owners.get(uuid);
    return owner === undefined ? undefined : keyOfMachine(owner);
  }

  #forget(uuid: string): void {
    const key = this.keyOfDomain(uuid);
    this.#owners.delete(uuid);
    if (key === undefined) return;
    const uuids = this.#uuids.get(key);
    uuids?.delete(uuid);
    if (uuids?.size === 0) this.#uuids.delete(key);
  }

  async #ownerOf(domain: DomainRef): Promise<DomainOwner | undefined> {
    if (this.#owners.has(domain.uuid)) return this.#owners.get(domain.uuid);
    try {
      const owner = readOwner(await this.#hypervisor.domainXml(domain));
      const ours = owner?.clusterUid === this.#clusterUid ? owner : undefined;
      this.#owners.set(domain.uuid, ours);
      if (ours !== undefined) {
        const key = keyOfMachine(ours);
        this.#uuids.set(key, (this.#uuids.get(key) ?? new Set()).add(domain.uuid));
      }
      return ours;
    } catch (error) {
      // A definition that vanished after it was listed belongs to nobody, and nothing is remembered of it.
      if (isVirError(error, "noDomain")) return undefined;
      throw error;
    }
  }
}

const keyOfMachine = ({ namespace, name }: { readonly namespace: string; readonly name: string }) =>
  `${namespace}/${name}`;
