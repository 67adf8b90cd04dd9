/** The node of a local engine: the agent makes the Node object, serves claims itself, and puts machines on libvirt's network. */
import type { NodeDescription } from "../libvirt/hypervisor";
import { Claims } from "./claims";
import type { AddressBook } from "./network/address";
import { NodePlaces } from "./node-place";
import { heartbeatIntervalMs, NodeRegistration } from "./node-registration";
import type { JoinedSetting, Setting, SettingParts } from "./setting";
import type { ClaimStore } from "./volumes";

export interface LocalSettingOptions {
  readonly claims: ClaimStore;
  readonly addresses: AddressBook;
  /** libvirt network that guests are put on. */
  readonly network: string;
}

export class LocalSetting implements Setting {
  readonly #o: LocalSettingOptions;

  constructor(options: LocalSettingOptions) {
    this.#o = options;
  }

  join(parts: SettingParts): JoinedSetting {
    return new JoinedLocalSetting(this.#o, parts);
  }
}

class JoinedLocalSetting implements JoinedSetting {
  readonly heartbeatIntervalMs = heartbeatIntervalMs;
  readonly places: NodePlaces;
  readonly #parts: SettingParts;
  readonly #claims: Claims;
  #node: NodeDescription | undefined;
  #registration: NodeRegistration | undefined;

  constructor({ claims, addresses, network }: LocalSettingOptions, parts: SettingParts) {
    const { client, hypervisor, node, recorder, log, machines, lookAt, tell } = parts;
    this.#parts = parts;
    this.places = new NodePlaces({
      client,
      hypervisor,
      addresses,
      network,
      domainType: node.domainType,
      onUnlimited: (vm, why) => {
        const message = `the limit of memory is not enforced on this node: ${why}`;
        tell(vm, { type: "Warning", reason: "LimitNotEnforced", message });
      },
    });
    this.#claims = new Claims({
      client,
      store: claims,
      recorder,
      log,
      machines,
      onBound: (namespace) => {
        for (const { metadata } of machines()) {
          if (metadata.namespace === namespace) lookAt(`${namespace}/${metadata.name}`);
        }
      },
    });
  }

  async open(): Promise<void> {}

  async start(): Promise<void> {
    await this.#claims.start();
  }

  async heartbeat(): Promise<void> {
    const { client, clock, node, hypervisor, version } = this.#parts;
    this.#node ??= await hypervisor.describeNode();
    this.#registration ??= new NodeRegistration({
      client,
      clock,
      nodeName: node.name,
      node: this.#node,
      domainType: node.domainType,
      agentVersion: version,
    });
    await this.#registration.register();
  }

  machinesChanged(): void {
    this.#claims.usersChanged();
  }

  stop(): Promise<void> {
    return this.#claims.stop();
  }
}
