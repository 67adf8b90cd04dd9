// Generated from provider/api by `make generate`. Do not edit.

import type * as pulumi from "@pulumi/pulumi";

export interface Affinity {
  /** Affinity to nodes. Default: none. */
  nodeAffinity?: pulumi.Input<NodeAffinity>;
}

export interface CdromTarget {
  /** Bus that connects it. Default: `sata` on q35 machines, `ide` on others. */
  bus?: pulumi.Input<DiskBus>;
  /** Whether the guest is kept from writing. Default: true. */
  readonly?: pulumi.Input<boolean>;
  /** Whether the drive's tray starts open or closed. Default: `closed`. */
  tray?: pulumi.Input<TrayState>;
}

export interface Clock {
  /** Start with the local time of this tz database zone, such as `Europe/Prague`. Excludes `utc`. Default: UTC. */
  timezone?: pulumi.Input<string>;
  /** Start with UTC, shifted by an offset. Excludes `timezone`. Default: UTC. */
  utc?: pulumi.Input<ClockUtc>;
  /** Timers of the machine. Default: the hypervisor's choice. */
  timer?: pulumi.Input<Timer>;
}

export interface ClockUtc {
  /** Seconds that the clock is ahead of UTC, -2147483648 to 2147483647. Default: UTC itself at every start, forgetting what a guest changed in an earlier run. */
  offsetSeconds?: pulumi.Input<number>;
}

export interface CloudInitNoCloudSource {
  /** A secret whose key `userdata` holds the user data. Excludes the other two. Default: none. */
  secretRef?: pulumi.Input<LocalObjectReference>;
  /** User data as text, at most 2048 bytes of UTF-8. Excludes the other two. Default: none. */
  userData?: pulumi.Input<string>;
  /** User data in base64, at most 2048 bytes when decoded. Excludes the other two. Default: none. */
  userDataBase64?: pulumi.Input<string>;
}

export interface ContainerResources {
  /** What is set aside for it: `cpu` in cores and `memory` in bytes, such as `100m` and `256Mi`. Default: nothing. */
  requests?: pulumi.Input<{ [key: string]: pulumi.Input<string | number> }>;
  /** What it may use at most: `cpu` in cores and `memory` in bytes, such as `1Gi`. Default: no limit. */
  limits?: pulumi.Input<{ [key: string]: pulumi.Input<string | number> }>;
}

export interface ControlPlane {
  /** The images, and how nodes get them. */
  image: pulumi.Input<ControlPlaneImage>;
  /** Namespace of everything that has one; it is made, and removed with the control plane. Default: `kubevirt`. */
  namespace?: pulumi.Input<string>;
  /** How many controllers there are, one of which works while the others stand by, 1 to 9. Default: 2. */
  replicas?: pulumi.Input<number>;
  /** Labels of the nodes that run machines. Default: every Linux node with amd64 processors. */
  nodeSelector?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
  /** Taints of nodes that run machines all the same. Default: every taint. */
  tolerations?: pulumi.Input<pulumi.Input<Toleration>[]>;
  /** `pod`: each agent brings libvirt and QEMU along; `host`: agents use the node's own, at /run/libvirt. Default: `pod`. */
  libvirt?: pulumi.Input<LibvirtMode>;
  /** Seconds without an answer of the API after which an agent ends machines that write to claims, 0 to 86400; 0: never. Less than 60 is too soon for a restart of the API server. Default: 300. */
  selfFenceSeconds?: pulumi.Input<number>;
  /** Registries of machines' disks that may be spoken to without TLS. Default: none. */
  insecureRegistries?: pulumi.Input<pulumi.Input<string>[]>;
  /** Certificates in PEM by which registries of machines' disks are trusted beside the usual ones. Default: none. */
  registryCa?: pulumi.Input<string>;
  /** What the containers ask of their nodes. Default: for each what it is known to need. */
  resources?: pulumi.Input<ControlPlaneResources>;
}

export interface ControlPlaneImage {
  /** Where `virt-controller`, `virt-agent` and `virt-launcher` are: a registry's host, with a port and a path where needed, such as `registry.example.com/kubevirt`. */
  registry: pulumi.Input<string>;
  /** Tag of the three images. Default: the release of this package. */
  tag?: pulumi.Input<string>;
  /** When a node asks the registry for an image. Default: `IfNotPresent`. */
  pullPolicy?: pulumi.Input<PullPolicy>;
  /** Names of the secrets with which nodes pull the images: in the control plane's namespace, and in every namespace that has machines. Default: none. */
  pullSecrets?: pulumi.Input<pulumi.Input<string>[]>;
}

export interface ControlPlaneResources {
  /** Of each controller. Default: requests of `50m` and `128Mi`, a memory limit of `1Gi`. */
  controller?: pulumi.Input<ContainerResources>;
  /** Of the agent on each node. Default: requests of `50m` and `128Mi`, a memory limit of `1Gi`. */
  agent?: pulumi.Input<ContainerResources>;
  /** Of libvirt on each node, with `libvirt: pod`. A memory limit would stop guests that start. Default: requests of `50m` and `96Mi`. */
  libvirt?: pulumi.Input<ContainerResources>;
}

export interface Cpu {
  /** Cores of the guest's one socket, 1 to 710. Says nothing about scheduling: that is `resources.requests.cpu`. Default: 1. */
  cores?: pulumi.Input<number>;
}

export interface Devices {
  /** At most 256 disks, in the order in which the guest sees them; it boots from the first that is no CD-ROM. Default: none. */
  disks?: pulumi.Input<pulumi.Input<Disk>[]>;
  /** A watchdog. Default: none. */
  watchdog?: pulumi.Input<Watchdog>;
}

export interface Disk {
  /** Name of the disk, unique in the machine: a DNS label. */
  name: pulumi.Input<string>;
  /** Name of the volume in `spec.volumes` that the disk shows; no two disks share one. */
  volumeName: pulumi.Input<string>;
  /** Show the volume as a disk. Default: this, when no target is given. */
  disk?: pulumi.Input<DiskTarget>;
  /** Pass SCSI commands through to the volume, a claim that is a block device. Default: not this target. */
  lun?: pulumi.Input<LunTarget>;
  /** Show the volume as a floppy. Default: not this target. */
  floppy?: pulumi.Input<FloppyTarget>;
  /** Show the volume as a CD-ROM. Default: not this target. */
  cdrom?: pulumi.Input<CdromTarget>;
}

/** Bus that connects a disk. */
export type DiskBus = "virtio" | "sata" | "scsi" | "usb" | "ide";

export interface DiskTarget {
  /** Bus that connects it. Default: `sata` on q35 machines, `ide` on others. */
  bus?: pulumi.Input<DiskBus>;
  /** Whether the guest is kept from writing. Default: false. */
  readonly?: pulumi.Input<boolean>;
}

export interface DomainSpec {
  /** Clock and timers. Default: UTC and the hypervisor's timers. */
  clock?: pulumi.Input<Clock>;
  /** Processor. Default: one core. */
  cpu?: pulumi.Input<Cpu>;
  /** Devices. Default: a network card and a serial console. */
  devices?: pulumi.Input<Devices>;
  /** Features of machine and processor. Default: ACPI. */
  features?: pulumi.Input<Features>;
  /** Firmware. Default: BIOS with a derived UUID. */
  firmware?: pulumi.Input<Firmware>;
  /** Machine type. Default: q35. */
  machine?: pulumi.Input<Machine>;
  /** Memory and processor time. Default: 512Mi of memory. */
  resources?: pulumi.Input<Resources>;
  /** Another place for `devices.watchdog`; give one of the two. Default: none. */
  watchdog?: pulumi.Input<Watchdog>;
}

export interface EmptyDiskSource {
  /** Size of the disk in bytes, more than 0, such as `2Gi`. */
  capacity: pulumi.Input<string | number>;
}

export interface EphemeralSource {
  /** The claim below the overlay; only read. Must be given. Default: none. */
  persistentVolumeClaim?: pulumi.Input<PersistentVolumeClaimSource>;
}

export interface FeatureApic {
  /** Whether the feature is on. Default: true. */
  enabled?: pulumi.Input<boolean>;
  /** Whether the guest may signal the end of an interrupt without leaving to the host. Default: false. */
  endOfInterrupt?: pulumi.Input<boolean>;
}

export interface FeatureHyperv {
  /** Relax the guest's watchdogs, since a virtual machine may be held up. Default: off. */
  relaxed?: pulumi.Input<FeatureState>;
  /** Let the guest reset itself through the hypervisor. Default: off. */
  reset?: pulumi.Input<FeatureState>;
  /** Tell the guest the processor time it has used. Default: off. */
  runtime?: pulumi.Input<FeatureState>;
  /** Let the guest tell the hypervisor when a lock stays contended. Default: off. */
  spinlocks?: pulumi.Input<FeatureSpinlocks>;
  /** Synthetic interrupt controller. Needs `vpindex`. Default: off. */
  synic?: pulumi.Input<FeatureState>;
  /** Synthetic timers. Needs `synic`, and the hyperv timer of the clock. Default: off. */
  synictimer?: pulumi.Input<FeatureState>;
  /** Paravirtual access to the interrupt controller. Default: off. */
  vapic?: pulumi.Input<FeatureState>;
  /** Vendor name reported by the hypervisor. Default: off. */
  vendorid?: pulumi.Input<FeatureVendorId>;
  /** Tell the guest the index of each virtual processor. Default: off. */
  vpindex?: pulumi.Input<FeatureState>;
}

export interface FeatureSpinlocks {
  /** Whether the feature is on. Default: true. */
  enabled?: pulumi.Input<boolean>;
  /** Attempts to take a lock before the guest tells the hypervisor, 4096 to 2147483647. Default: 4096. */
  spinlocks?: pulumi.Input<number>;
}

export interface FeatureState {
  /** Whether the feature is on. Default: true. */
  enabled?: pulumi.Input<boolean>;
}

export interface FeatureVendorId {
  /** Whether the feature is on. Default: true. */
  enabled?: pulumi.Input<boolean>;
  /** Vendor that the hypervisor reports to the guest: up to 12 printable ASCII characters, no comma. Default: the hypervisor's own. */
  vendorid?: pulumi.Input<string>;
}

export interface Features {
  /** ACPI: power button, device discovery. Default: on. */
  acpi?: pulumi.Input<FeatureState>;
  /** Advanced interrupt controller. Default: the machine type's choice. */
  apic?: pulumi.Input<FeatureApic>;
  /** What Hyper-V offers to Windows guests. Default: none of it. */
  hyperv?: pulumi.Input<FeatureHyperv>;
}

export interface Firmware {
  /** UUID reported by the firmware; an empty text is none. Default: one derived from the object's UID. */
  uuid?: pulumi.Input<string>;
}

export interface FloppyTarget {
  /** Whether the guest is kept from writing. Default: false. */
  readonly?: pulumi.Input<boolean>;
  /** Whether the drive's tray starts open or closed. Default: `closed`. */
  tray?: pulumi.Input<TrayState>;
}

/** What happens to ticks that a busy host could not deliver in time. */
export type HpetTickPolicy = "delay" | "catchup" | "merge" | "discard";

export interface HpetTimer {
  /** Whether the guest has this timer. Default: true. */
  present?: pulumi.Input<boolean>;
  /** What becomes of missed ticks: delivered later (`delay`), faster (`catchup`), as one (`merge`) or not at all (`discard`). Default: the hypervisor's choice. */
  tickPolicy?: pulumi.Input<HpetTickPolicy>;
}

export interface HypervTimer {
  /** Whether the guest has this timer. Default: true. */
  present?: pulumi.Input<boolean>;
}

export interface I6300esbWatchdog {
  /** What happens when it fires: `reset`, `poweroff` or a clean `shutdown`. Default: `reset`. */
  action?: pulumi.Input<WatchdogAction>;
}

export interface KvmTimer {
  /** Whether the guest has this timer. Default: true. */
  present?: pulumi.Input<boolean>;
}

export interface LabelSelector {
  /** Labels that an object must have with exactly these values. Default: none. */
  matchLabels?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
  /** Further requirements; all of them must hold, together with `matchLabels`. Default: none. */
  matchExpressions?: pulumi.Input<pulumi.Input<LabelSelectorRequirement>[]>;
}

/** How a label relates to values. */
export type LabelSelectorOperator = "In" | "NotIn" | "Exists" | "DoesNotExist";

export interface LabelSelectorRequirement {
  /** The label's key, such as `kubevirt.io/size`. */
  key: pulumi.Input<string>;
  /** How the label's value relates to `values`. */
  operator: pulumi.Input<LabelSelectorOperator>;
  /** At least one value for `In` and `NotIn`, none for `Exists` and `DoesNotExist`. Default: none. */
  values?: pulumi.Input<pulumi.Input<string>[]>;
}

/** Where an agent finds libvirt. */
export type LibvirtMode = "pod" | "host";

export interface LocalObjectReference {
  /** Name of the object in the machine's namespace. Default: none, which names nothing. */
  name?: pulumi.Input<string>;
}

export interface LunTarget {
  /** Bus that connects it. Default: `scsi`, the one on which SCSI commands pass through. */
  bus?: pulumi.Input<DiskBus>;
  /** Whether the guest is kept from writing. Default: false. */
  readonly?: pulumi.Input<boolean>;
}

export interface Machine {
  /** QEMU machine type, such as `q35`, `pc` or `pc-q35-7.2`. Empty, or default: `q35`. */
  type: pulumi.Input<string>;
}

export interface NodeAffinity {
  /** What a node must satisfy. Default: nothing. */
  requiredDuringSchedulingIgnoredDuringExecution?: pulumi.Input<NodeSelector>;
  /** What a node should satisfy, weighted. Default: nothing. */
  preferredDuringSchedulingIgnoredDuringExecution?: pulumi.Input<pulumi.Input<PreferredSchedulingTerm>[]>;
}

export interface NodeSelector {
  /** Alternatives, at least one: a node must satisfy at least one of them. */
  nodeSelectorTerms: pulumi.Input<pulumi.Input<NodeSelectorTerm>[]>;
}

/** How a node's label relates to values. */
export type NodeSelectorOperator = "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt";

export interface NodeSelectorRequirement {
  /** Key of the node's label; `metadata.name` in `matchFields`. */
  key: pulumi.Input<string>;
  /** How the label's value relates to `values`. */
  operator: pulumi.Input<NodeSelectorOperator>;
  /** At least one for `In` and `NotIn`; none for `Exists` and `DoesNotExist`; one whole number for `Gt` and `Lt`. Default: none. */
  values?: pulumi.Input<pulumi.Input<string>[]>;
}

export interface NodeSelectorTerm {
  /** Requirements on the node's labels; all must hold. Default: none. */
  matchExpressions?: pulumi.Input<pulumi.Input<NodeSelectorRequirement>[]>;
  /** Requirements on the node's fields (`metadata.name`); all must hold. Default: none. */
  matchFields?: pulumi.Input<pulumi.Input<NodeSelectorRequirement>[]>;
}

export interface ObjectMeta {
  /** Name, unique among the objects of its kind in a namespace: a DNS name of at most 63 characters. Default: made from `generateName`. */
  name?: pulumi.Input<string>;
  /** Namespace of the object. Default: the connection's namespace. */
  namespace?: pulumi.Input<string>;
  /** Labels, by which selectors choose objects. Default: none. */
  labels?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
  /** Annotations: notes that select nothing, at most 256 KiB altogether. Default: none. */
  annotations?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

export interface OfflineVirtualMachineSpec {
  /** Whether the machine runs: `Always`, also after a crash or an accidental deletion, or `Halted`. Either this or `running` must be given. Default: what `running` says. */
  runStrategy?: pulumi.Input<RunStrategy>;
  /** Older spelling of `runStrategy`: true is `Always`, false is `Halted`. Excludes `runStrategy`. Default: what `runStrategy` says. */
  running?: pulumi.Input<boolean>;
  /** The machine. A change takes effect when it is next started. */
  template: pulumi.Input<VirtualMachineTemplateSpec>;
}

export interface PersistentVolumeClaimSource {
  /** Name of a PersistentVolumeClaim in the machine's namespace. */
  claimName: pulumi.Input<string>;
  /** Whether the claim is attached for reading only. Default: false. */
  readOnly?: pulumi.Input<boolean>;
}

/** What happens to ticks that a busy host could not deliver in time. */
export type PitTickPolicy = "delay" | "catchup" | "discard";

export interface PitTimer {
  /** Whether the guest has this timer. Default: true. */
  present?: pulumi.Input<boolean>;
  /** What becomes of missed ticks: delivered later (`delay`), faster (`catchup`) or not at all (`discard`). Default: the hypervisor's choice. */
  tickPolicy?: pulumi.Input<PitTickPolicy>;
}

export interface PreferredSchedulingTerm {
  /** How much it counts against other preferences, 1 to 100. */
  weight: pulumi.Input<number>;
  /** What the node should satisfy. */
  preference: pulumi.Input<NodeSelectorTerm>;
}

/** When a node asks the registry for an image. */
export type PullPolicy = "Always" | "IfNotPresent" | "Never";

export interface RegistryDiskSource {
  /** Image reference, such as `registry.example/images/cirros:0.4`: a container image with one raw or qcow2 disk in `/disk`. A tag is looked up at each start; while the registry cannot be reached, a machine starts with the disk that was pulled for the tag last, but for `latest` and no tag, which wait. A digest is looked up once. */
  image: pulumi.Input<string>;
  /** Name of a secret of the type `kubernetes.io/dockerconfigjson` in the machine's namespace, with the registry's credentials. Default: none. */
  imagePullSecret?: pulumi.Input<string>;
}

export interface Resources {
  /** What is set aside: `memory` in bytes (the guest's memory, more than 0) and `cpu` in cores, for scheduling. Each is a quantity such as `512Mi`, `64M` or `500m`. Default: the memory limit when there is one, else 512Mi of memory. */
  requests?: pulumi.Input<{ [key: string]: pulumi.Input<string | number> }>;
  /** What the guest may use at most, enforced by the kernel: `memory` in bytes (what the emulator itself needs comes on top), `cpu` in cores; no less than the request. Default: no limit. */
  limits?: pulumi.Input<{ [key: string]: pulumi.Input<string | number> }>;
}

/** What happens to ticks that a busy host could not deliver in time. */
export type RtcTickPolicy = "delay" | "catchup";

export interface RtcTimer {
  /** Whether the guest has this timer. Default: true. */
  present?: pulumi.Input<boolean>;
  /** What becomes of missed ticks: delivered later (`delay`) or faster (`catchup`). Default: the hypervisor's choice. */
  tickPolicy?: pulumi.Input<RtcTickPolicy>;
  /** What the timer follows: the guest's running time (`guest`) or the wall clock (`wall`). Default: the hypervisor's choice. */
  track?: pulumi.Input<RtcTrack>;
}

/** What the real time clock follows. */
export type RtcTrack = "guest" | "wall";

/** Whether a machine runs. */
export type RunStrategy = "Always" | "Halted";

/** What a taint does to pods that do not tolerate it. */
export type TaintEffect = "NoSchedule" | "PreferNoSchedule" | "NoExecute";

export interface Timer {
  /** High precision event timer; several periodic interrupts. Default: the machine type's choice. */
  hpet?: pulumi.Input<HpetTimer>;
  /** Hyper-V reference time, for Windows guests. Default: absent. */
  hyperv?: pulumi.Input<HypervTimer>;
  /** KVM's paravirtual clock, for Linux guests. Default: the hypervisor's choice. */
  kvm?: pulumi.Input<KvmTimer>;
  /** Programmable interval timer; one periodic interrupt. Default: the machine type's choice. */
  pit?: pulumi.Input<PitTimer>;
  /** Real time clock; keeps the date and raises alarms. Default: present, with the hypervisor's policy. */
  rtc?: pulumi.Input<RtcTimer>;
}

export interface Toleration {
  /** Key of the taint. Default: every taint, with the operator `Exists`. */
  key?: pulumi.Input<string>;
  /** `Exists` for a taint of any value, or `Equal` for one of this value. Default: `Equal`. */
  operator?: pulumi.Input<TolerationOperator>;
  /** Value of the taint, with the operator `Equal`. Default: none. */
  value?: pulumi.Input<string>;
  /** Effect of the taint. Default: every effect. */
  effect?: pulumi.Input<TaintEffect>;
}

/** How a toleration compares the taint's value. */
export type TolerationOperator = "Exists" | "Equal";

/** How a drive's tray is at the start. */
export type TrayState = "open" | "closed";

export interface VirtualMachinePresetSpec {
  /** Machines that get the settings, by their labels. Default: every machine of the namespace. */
  selector?: pulumi.Input<LabelSelector>;
  /** The settings. */
  domain: pulumi.Input<DomainSpec>;
}

export interface VirtualMachineReplicaSetSpec {
  /** How many machines there should be, 0 to 2147483647. Default: 1. */
  replicas?: pulumi.Input<number>;
  /** Whether the set leaves its machines alone: none is made or removed meanwhile. Default: false. */
  paused?: pulumi.Input<boolean>;
  /** Which machines count, by their labels. Must match the template's labels. */
  selector: pulumi.Input<LabelSelector>;
  /** The machine that is made. A change concerns machines made after it. */
  template: pulumi.Input<VirtualMachineTemplateSpec>;
}

export interface VirtualMachineSpec {
  /** The machine. */
  domain: pulumi.Input<DomainSpec>;
  /** At most 256 volumes, which the disks name. Default: none. */
  volumes?: pulumi.Input<pulumi.Input<Volume>[]>;
  /** Labels that a node must have to run the machine. Default: any node. */
  nodeSelector?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
  /** Finer rules for the choice of the node. Default: none. */
  affinity?: pulumi.Input<Affinity>;
  /** Seconds between the power button and the plug when the machine is stopped, 0 to 2147483647. Default: 30. */
  terminationGracePeriodSeconds?: pulumi.Input<number>;
}

export interface VirtualMachineTemplateSpec {
  /** Labels and annotations of the machines. Their namespace is the owner's; a name is the machine's, or the beginning of the names of several. Default: the owner's name, and no labels. */
  metadata?: pulumi.Input<ObjectMeta>;
  /** The machine as it should be. */
  spec: pulumi.Input<VirtualMachineSpec>;
}

export interface Volume {
  /** Name of the volume, unique in the machine: a DNS label. */
  name: pulumi.Input<string>;
  /** A cloud-init NoCloud data source, made at start. Default: not this source. */
  cloudInitNoCloud?: pulumi.Input<CloudInitNoCloudSource>;
  /** A new, empty qcow2 disk that lives as long as the machine. Default: not this source. */
  emptyDisk?: pulumi.Input<EmptyDiskSource>;
  /** A writable overlay over a claim; dropped with the machine. Default: not this source. */
  ephemeral?: pulumi.Input<EphemeralSource>;
  /** A claim; what the guest writes stays. Default: not this source. */
  persistentVolumeClaim?: pulumi.Input<PersistentVolumeClaimSource>;
  /** A writable overlay over a disk image from a container registry; dropped with the machine. Default: not this source. */
  registryDisk?: pulumi.Input<RegistryDiskSource>;
}

export interface Watchdog {
  /** Name of the watchdog: at most 63 letters, digits, `-` and `_`. */
  name: pulumi.Input<string>;
  /** Intel's 6300ESB watchdog on the PCI bus, the only model. Default: this, with its own default action. */
  i6300esb?: pulumi.Input<I6300esbWatchdog>;
}

/** What happens to the machine when its watchdog fires. */
export type WatchdogAction = "reset" | "poweroff" | "shutdown";
