/** What the converter must be told about the node and about what the agent has prepared. */
import type { VolumeSources } from "./volume-source";

/** What the guest's network card is plugged into. */
export type NetworkAttachment =
  | { readonly kind: "network"; readonly name: string }
  | { readonly kind: "bridge"; readonly name: string }
  /** A macvtap device on a device of the host. */
  | { readonly kind: "direct"; readonly device: string }
  /** A tap device that libvirt makes, and that the agent puts where it belongs before the guest runs. `mtu` in bytes. */
  | { readonly kind: "tap"; readonly device: string; readonly mtu?: number };

export interface MachineFacts {
  /** `kvm` where the processor can, `qemu` for emulation. */
  readonly domainType: "kvm" | "qemu";
  /** Architecture in libvirt's words, such as `x86_64`. */
  readonly arch: string;
  /** Machine types that the node's QEMU knows. Default: nobody has asked it. */
  readonly machineTypes?: readonly string[];
  /** The engine that owns the machine. */
  readonly clusterUid: string;
  /** The domain's identity, derived from the machine's UID. */
  readonly uuid: string;
  /** Hardware address of the network card. */
  readonly mac: string;
  readonly network: NetworkAttachment;
  /** Who keeps the machine within its limits: the domain itself, or the cgroup of its pod. Default: the domain. */
  readonly limitedBy?: "domain" | "pod";
  readonly volumes: VolumeSources;
  /** Where libvirt writes what the guest prints on its serial console. Default: nowhere. */
  readonly consoleLogPath?: string;
}
