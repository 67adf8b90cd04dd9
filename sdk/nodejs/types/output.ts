// Generated from provider/api by `make generate`. Do not edit.

export interface Affinity {
  /** Affinity to nodes. Default: none. */
  readonly nodeAffinity?: NodeAffinity;
}

export interface CdromTarget {
  /** Bus that connects it. Default: `sata` on q35 machines, `ide` on others. */
  readonly bus?: DiskBus;
  /** Whether the guest is kept from writing. Default: true. */
  readonly readonly?: boolean;
  /** Whether the drive's tray starts open or closed. Default: `closed`. */
  readonly tray?: TrayState;
}

export interface Clock {
  /** Start with the local time of this tz database zone, such as `Europe/Prague`. Excludes `utc`. Default: UTC. */
  readonly timezone?: string;
  /** Start with UTC, shifted by an offset. Excludes `timezone`. Default: UTC. */
  readonly utc?: ClockUtc;
  /** Timers of the machine. Default: the hypervisor's choice. */
  readonly timer?: Timer;
}

export interface ClockUtc {
  /** Seconds that the clock is ahead of UTC, -2147483648 to 2147483647. Default: UTC itself at every start, forgetting what a guest changed in an earlier run. */
  readonly offsetSeconds?: number;
}

export interface CloudInitNoCloudSource {
  /** A secret whose key `userdata` holds the user data. Excludes the other two. Default: none. */
  readonly secretRef?: LocalObjectReference;
  /** User data as text, at most 2048 bytes of UTF-8. Excludes the other two. Default: none. */
  readonly userData?: string;
  /** User data in base64, at most 2048 bytes when decoded. Excludes the other two. Default: none. */
  readonly userDataBase64?: string;
}

export interface Condition {
  /** What the condition is about, such as `Ready`. */
  readonly type: string;
  /** Whether it holds. */
  readonly status: ConditionStatus;
  /** One word for a program: why the status is what it is. */
  readonly reason?: string;
  /** A sentence for a person. */
  readonly message?: string;
  /** When the status last changed (RFC 3339). */
  readonly lastTransitionTime?: string | null;
  /** When the status was last looked at (RFC 3339). */
  readonly lastProbeTime?: string | null;
  /** The `metadata.generation` that the condition speaks of. */
  readonly observedGeneration?: number;
}

/** Whether a condition holds. */
export type ConditionStatus = "True" | "False" | "Unknown";

export interface Cpu {
  /** Cores of the guest's one socket, 1 to 710. Says nothing about scheduling: that is `resources.requests.cpu`. Default: 1. */
  readonly cores?: number;
}

export interface Devices {
  /** At most 256 disks, in the order in which the guest sees them; it boots from the first that is no CD-ROM. Default: none. */
  readonly disks?: readonly Disk[];
  /** A watchdog. Default: none. */
  readonly watchdog?: Watchdog;
}

export interface Disk {
  /** Name of the disk, unique in the machine: a DNS label. */
  readonly name: string;
  /** Name of the volume in `spec.volumes` that the disk shows; no two disks share one. */
  readonly volumeName: string;
  /** Show the volume as a disk. Default: this, when no target is given. */
  readonly disk?: DiskTarget;
  /** Pass SCSI commands through to the volume, a claim that is a block device. Default: not this target. */
  readonly lun?: LunTarget;
  /** Show the volume as a floppy. Default: not this target. */
  readonly floppy?: FloppyTarget;
  /** Show the volume as a CD-ROM. Default: not this target. */
  readonly cdrom?: CdromTarget;
}

/** Bus that connects a disk. */
export type DiskBus = "virtio" | "sata" | "scsi" | "usb" | "ide";

export interface DiskTarget {
  /** Bus that connects it. Default: `sata` on q35 machines, `ide` on others. */
  readonly bus?: DiskBus;
  /** Whether the guest is kept from writing. Default: false. */
  readonly readonly?: boolean;
}

export interface DomainSpec {
  /** Clock and timers. Default: UTC and the hypervisor's timers. */
  readonly clock?: Clock;
  /** Processor. Default: one core. */
  readonly cpu?: Cpu;
  /** Devices. Default: a network card and a serial console. */
  readonly devices?: Devices;
  /** Features of machine and processor. Default: ACPI. */
  readonly features?: Features;
  /** Firmware. Default: BIOS with a derived UUID. */
  readonly firmware?: Firmware;
  /** Machine type. Default: q35. */
  readonly machine?: Machine;
  /** Memory and processor time. Default: 512Mi of memory. */
  readonly resources?: Resources;
  /** Another place for `devices.watchdog`; give one of the two. Default: none. */
  readonly watchdog?: Watchdog;
}

export interface EmptyDiskSource {
  /** Size of the disk in bytes, more than 0, such as `2Gi`. */
  readonly capacity: string | number;
}

export interface EphemeralSource {
  /** The claim below the overlay; only read. Must be given. Default: none. */
  readonly persistentVolumeClaim?: PersistentVolumeClaimSource;
}

export interface FeatureApic {
  /** Whether the feature is on. Default: true. */
  readonly enabled?: boolean;
  /** Whether the guest may signal the end of an interrupt without leaving to the host. Default: false. */
  readonly endOfInterrupt?: boolean;
}

export interface FeatureHyperv {
  /** Relax the guest's watchdogs, since a virtual machine may be held up. Default: off. */
  readonly relaxed?: FeatureState;
  /** Let the guest reset itself through the hypervisor. Default: off. */
  readonly reset?: FeatureState;
  /** Tell the guest the processor time it has used. Default: off. */
  readonly runtime?: FeatureState;
  /** Let the guest tell the hypervisor when a lock stays contended. Default: off. */
  readonly spinlocks?: FeatureSpinlocks;
  /** Synthetic interrupt controller. Needs `vpindex`. Default: off. */
  readonly synic?: FeatureState;
  /** Synthetic timers. Needs `synic`, and the hyperv timer of the clock. Default: off. */
  readonly synictimer?: FeatureState;
  /** Paravirtual access to the interrupt controller. Default: off. */
  readonly vapic?: FeatureState;
  /** Vendor name reported by the hypervisor. Default: off. */
  readonly vendorid?: FeatureVendorId;
  /** Tell the guest the index of each virtual processor. Default: off. */
  readonly vpindex?: FeatureState;
}

export interface FeatureSpinlocks {
  /** Whether the feature is on. Default: true. */
  readonly enabled?: boolean;
  /** Attempts to take a lock before the guest tells the hypervisor, 4096 to 2147483647. Default: 4096. */
  readonly spinlocks?: number;
}

export interface FeatureState {
  /** Whether the feature is on. Default: true. */
  readonly enabled?: boolean;
}

export interface FeatureVendorId {
  /** Whether the feature is on. Default: true. */
  readonly enabled?: boolean;
  /** Vendor that the hypervisor reports to the guest: up to 12 printable ASCII characters, no comma. Default: the hypervisor's own. */
  readonly vendorid?: string;
}

export interface Features {
  /** ACPI: power button, device discovery. Default: on. */
  readonly acpi?: FeatureState;
  /** Advanced interrupt controller. Default: the machine type's choice. */
  readonly apic?: FeatureApic;
  /** What Hyper-V offers to Windows guests. Default: none of it. */
  readonly hyperv?: FeatureHyperv;
}

export interface Firmware {
  /** UUID reported by the firmware; an empty text is none. Default: one derived from the object's UID. */
  readonly uuid?: string;
}

export interface FloppyTarget {
  /** Whether the guest is kept from writing. Default: false. */
  readonly readonly?: boolean;
  /** Whether the drive's tray starts open or closed. Default: `closed`. */
  readonly tray?: TrayState;
}

/** What happens to ticks that a busy host could not deliver in time. */
export type HpetTickPolicy = "delay" | "catchup" | "merge" | "discard";

export interface HpetTimer {
  /** Whether the guest has this timer. Default: true. */
  readonly present?: boolean;
  /** What becomes of missed ticks: delivered later (`delay`), faster (`catchup`), as one (`merge`) or not at all (`discard`). Default: the hypervisor's choice. */
  readonly tickPolicy?: HpetTickPolicy;
}

export interface HypervTimer {
  /** Whether the guest has this timer. Default: true. */
  readonly present?: boolean;
}

export interface I6300esbWatchdog {
  /** What happens when it fires: `reset`, `poweroff` or a clean `shutdown`. Default: `reset`. */
  readonly action?: WatchdogAction;
}

export interface KvmTimer {
  /** Whether the guest has this timer. Default: true. */
  readonly present?: boolean;
}

export interface LabelSelector {
  /** Labels that an object must have with exactly these values. Default: none. */
  readonly matchLabels?: { readonly [key: string]: string };
  /** Further requirements; all of them must hold, together with `matchLabels`. Default: none. */
  readonly matchExpressions?: readonly LabelSelectorRequirement[];
}

/** How a label relates to values. */
export type LabelSelectorOperator = "In" | "NotIn" | "Exists" | "DoesNotExist";

export interface LabelSelectorRequirement {
  /** The label's key, such as `kubevirt.io/size`. */
  readonly key: string;
  /** How the label's value relates to `values`. */
  readonly operator: LabelSelectorOperator;
  /** At least one value for `In` and `NotIn`, none for `Exists` and `DoesNotExist`. Default: none. */
  readonly values?: readonly string[];
}

export interface LocalObjectReference {
  /** Name of the object in the machine's namespace. Default: none, which names nothing. */
  readonly name?: string;
}

export interface LunTarget {
  /** Bus that connects it. Default: `scsi`, the one on which SCSI commands pass through. */
  readonly bus?: DiskBus;
  /** Whether the guest is kept from writing. Default: false. */
  readonly readonly?: boolean;
}

export interface Machine {
  /** QEMU machine type, such as `q35`, `pc` or `pc-q35-7.2`. Empty, or default: `q35`. */
  readonly type: string;
}

export interface NodeAffinity {
  /** What a node must satisfy. Default: nothing. */
  readonly requiredDuringSchedulingIgnoredDuringExecution?: NodeSelector;
  /** What a node should satisfy, weighted. Default: nothing. */
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly PreferredSchedulingTerm[];
}

export interface NodeSelector {
  /** Alternatives, at least one: a node must satisfy at least one of them. */
  readonly nodeSelectorTerms: readonly NodeSelectorTerm[];
}

/** How a node's label relates to values. */
export type NodeSelectorOperator = "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt";

export interface NodeSelectorRequirement {
  /** Key of the node's label; `metadata.name` in `matchFields`. */
  readonly key: string;
  /** How the label's value relates to `values`. */
  readonly operator: NodeSelectorOperator;
  /** At least one for `In` and `NotIn`; none for `Exists` and `DoesNotExist`; one whole number for `Gt` and `Lt`. Default: none. */
  readonly values?: readonly string[];
}

export interface NodeSelectorTerm {
  /** Requirements on the node's labels; all must hold. Default: none. */
  readonly matchExpressions?: readonly NodeSelectorRequirement[];
  /** Requirements on the node's fields (`metadata.name`); all must hold. Default: none. */
  readonly matchFields?: readonly NodeSelectorRequirement[];
}

export interface ObjectMeta {
  /** Name, unique among the objects of its kind in a namespace: a DNS name of at most 63 characters. Default: made from `generateName`. */
  readonly name?: string;
  /** Namespace of the object. Default: the connection's namespace. */
  readonly namespace?: string;
  /** Labels, by which selectors choose objects. Default: none. */
  readonly labels?: { readonly [key: string]: string };
  /** Annotations: notes that select nothing, at most 256 KiB altogether. Default: none. */
  readonly annotations?: { readonly [key: string]: string };
  /** Set by the API server: unique in time and space. */
  readonly uid?: string;
}

export interface OfflineVirtualMachineSpec {
  /** Whether the machine runs: `Always`, also after a crash or an accidental deletion, or `Halted`. Either this or `running` must be given. Default: what `running` says. */
  readonly runStrategy?: RunStrategy;
  /** Older spelling of `runStrategy`: true is `Always`, false is `Halted`. Excludes `runStrategy`. Default: what `runStrategy` says. */
  readonly running?: boolean;
  /** The machine. A change takes effect when it is next started. */
  readonly template: VirtualMachineTemplateSpec;
}

export interface OfflineVirtualMachineStatus {
  /** Whether its VirtualMachine is there. */
  readonly created?: boolean;
  /** Whether its VirtualMachine runs. */
  readonly ready?: boolean;
  /** Conditions, `Ready` among them. */
  readonly conditions?: readonly Condition[];
  /** The `metadata.generation` that the status speaks of. */
  readonly observedGeneration?: number;
}

export interface PersistentVolumeClaimSource {
  /** Name of a PersistentVolumeClaim in the machine's namespace. */
  readonly claimName: string;
  /** Whether the claim is attached for reading only. Default: false. */
  readonly readOnly?: boolean;
}

/** What happens to ticks that a busy host could not deliver in time. */
export type PitTickPolicy = "delay" | "catchup" | "discard";

export interface PitTimer {
  /** Whether the guest has this timer. Default: true. */
  readonly present?: boolean;
  /** What becomes of missed ticks: delivered later (`delay`), faster (`catchup`) or not at all (`discard`). Default: the hypervisor's choice. */
  readonly tickPolicy?: PitTickPolicy;
}

export interface PreferredSchedulingTerm {
  /** How much it counts against other preferences, 1 to 100. */
  readonly weight: number;
  /** What the node should satisfy. */
  readonly preference: NodeSelectorTerm;
}

export interface RegistryDiskSource {
  /** Image reference, such as `registry.example/images/cirros:0.4`: a container image with one raw or qcow2 disk in `/disk`. A tag is looked up at each start; while the registry cannot be reached, a machine starts with the disk that was pulled for the tag last, but for `latest` and no tag, which wait. A digest is looked up once. */
  readonly image: string;
  /** Name of a secret of the type `kubernetes.io/dockerconfigjson` in the machine's namespace, with the registry's credentials. Default: none. */
  readonly imagePullSecret?: string;
}

export interface Resources {
  /** What is set aside: `memory` in bytes (the guest's memory, more than 0) and `cpu` in cores, for scheduling. Each is a quantity such as `512Mi`, `64M` or `500m`. Default: the memory limit when there is one, else 512Mi of memory. */
  readonly requests?: { readonly [key: string]: string | number };
  /** What the guest may use at most, enforced by the kernel: `memory` in bytes (what the emulator itself needs comes on top), `cpu` in cores; no less than the request. Default: no limit. */
  readonly limits?: { readonly [key: string]: string | number };
}

/** What happens to ticks that a busy host could not deliver in time. */
export type RtcTickPolicy = "delay" | "catchup";

export interface RtcTimer {
  /** Whether the guest has this timer. Default: true. */
  readonly present?: boolean;
  /** What becomes of missed ticks: delivered later (`delay`) or faster (`catchup`). Default: the hypervisor's choice. */
  readonly tickPolicy?: RtcTickPolicy;
  /** What the timer follows: the guest's running time (`guest`) or the wall clock (`wall`). Default: the hypervisor's choice. */
  readonly track?: RtcTrack;
}

/** What the real time clock follows. */
export type RtcTrack = "guest" | "wall";

/** Whether a machine runs. */
export type RunStrategy = "Always" | "Halted";

export interface Timer {
  /** High precision event timer; several periodic interrupts. Default: the machine type's choice. */
  readonly hpet?: HpetTimer;
  /** Hyper-V reference time, for Windows guests. Default: absent. */
  readonly hyperv?: HypervTimer;
  /** KVM's paravirtual clock, for Linux guests. Default: the hypervisor's choice. */
  readonly kvm?: KvmTimer;
  /** Programmable interval timer; one periodic interrupt. Default: the machine type's choice. */
  readonly pit?: PitTimer;
  /** Real time clock; keeps the date and raises alarms. Default: present, with the hypervisor's policy. */
  readonly rtc?: RtcTimer;
}

/** How a drive's tray is at the start. */
export type TrayState = "open" | "closed";

export interface VirtualMachineNetworkInterface {
  /** Address at which the guest can be reached. */
  readonly ipAddress?: string;
  /** Hardware address of the guest's network card. */
  readonly mac?: string;
}

export interface VirtualMachinePresetSpec {
  /** Machines that get the settings, by their labels. Default: every machine of the namespace. */
  readonly selector?: LabelSelector;
  /** The settings. */
  readonly domain: DomainSpec;
}

export interface VirtualMachineReplicaSetSpec {
  /** How many machines there should be, 0 to 2147483647. Default: 1. */
  readonly replicas?: number;
  /** Whether the set leaves its machines alone: none is made or removed meanwhile. Default: false. */
  readonly paused?: boolean;
  /** Which machines count, by their labels. Must match the template's labels. */
  readonly selector: LabelSelector;
  /** The machine that is made. A change concerns machines made after it. */
  readonly template: VirtualMachineTemplateSpec;
}

export interface VirtualMachineReplicaSetStatus {
  /** How many machines there are. */
  readonly replicas?: number;
  /** How many of them run. */
  readonly readyReplicas?: number;
  /** The selector as text, for the scale subresource. */
  readonly labelSelector?: string;
  /** Conditions: `Ready`, and `ReplicaPaused` and `ReplicaFailure` while they hold. */
  readonly conditions?: readonly Condition[];
  /** The `metadata.generation` that the status speaks of. */
  readonly observedGeneration?: number;
}

export interface VirtualMachineSpec {
  /** The machine. */
  readonly domain: DomainSpec;
  /** At most 256 volumes, which the disks name. Default: none. */
  readonly volumes?: readonly Volume[];
  /** Labels that a node must have to run the machine. Default: any node. */
  readonly nodeSelector?: { readonly [key: string]: string };
  /** Finer rules for the choice of the node. Default: none. */
  readonly affinity?: Affinity;
  /** Seconds between the power button and the plug when the machine is stopped, 0 to 2147483647. Default: 30. */
  readonly terminationGracePeriodSeconds?: number;
}

export interface VirtualMachineStatus {
  /** Where the machine is on its way. */
  readonly phase?: "Pending" | "Scheduling" | "Scheduled" | "Running" | "Succeeded" | "Failed" | "Unknown" | "";
  /** Node that runs the machine. */
  readonly nodeName?: string;
  /** Network cards and their addresses. */
  readonly interfaces?: readonly VirtualMachineNetworkInterface[];
  /** Conditions, `Ready` among them. */
  readonly conditions?: readonly Condition[];
  /** The `metadata.generation` that the status speaks of. */
  readonly observedGeneration?: number;
}

export interface VirtualMachineTemplateSpec {
  /** Labels and annotations of the machines. Their namespace is the owner's; a name is the machine's, or the beginning of the names of several. Default: the owner's name, and no labels. */
  readonly metadata?: ObjectMeta;
  /** The machine as it should be. */
  readonly spec: VirtualMachineSpec;
}

export interface Volume {
  /** Name of the volume, unique in the machine: a DNS label. */
  readonly name: string;
  /** A cloud-init NoCloud data source, made at start. Default: not this source. */
  readonly cloudInitNoCloud?: CloudInitNoCloudSource;
  /** A new, empty qcow2 disk that lives as long as the machine. Default: not this source. */
  readonly emptyDisk?: EmptyDiskSource;
  /** A writable overlay over a claim; dropped with the machine. Default: not this source. */
  readonly ephemeral?: EphemeralSource;
  /** A claim; what the guest writes stays. Default: not this source. */
  readonly persistentVolumeClaim?: PersistentVolumeClaimSource;
  /** A writable overlay over a disk image from a container registry; dropped with the machine. Default: not this source. */
  readonly registryDisk?: RegistryDiskSource;
}

export interface Watchdog {
  /** Name of the watchdog: at most 63 letters, digits, `-` and `_`. */
  readonly name: string;
  /** Intel's 6300ESB watchdog on the PCI bus, the only model. Default: this, with its own default action. */
  readonly i6300esb?: I6300esbWatchdog;
}

/** What happens to the machine when its watchdog fires. */
export type WatchdogAction = "reset" | "poweroff" | "shutdown";
