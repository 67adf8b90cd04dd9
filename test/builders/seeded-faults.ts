/**
 * Objects with one fault each, and where the fault is. The validation of this project and a real API server with its
 * custom resource definitions must both refuse every one and say where.
 */
import { mostDisks } from "../../provider/api/v1alpha1/disks";
import type { DomainSpec } from "../../provider/api/v1alpha1/domain-spec";
import type { Volume } from "../../provider/api/v1alpha1/volumes";
import { buildOfflineVirtualMachine, buildReplicaSet, buildTemplate } from "./owners";
import { buildPreset } from "./preset";
import { buildVirtualMachine } from "./virtual-machine";

export interface SeededFault {
  readonly name: string;
  readonly object: object;
  /** The path that validation reports. */
  readonly field: string;
  /** The path that an API server reports, where its rule stands above the field. Default: the same. */
  readonly serverField?: string;
}

type Fault = Omit<SeededFault, "object">;

/** A fault of a machine's spec, whose paths begin below it; it is seeded into a machine and into a template. */
interface MachineFault extends Fault {
  readonly spec: Readonly<Record<string, unknown>>;
}

const claim = (name: string): Volume => ({ name, persistentVolumeClaim: { claimName: "tiny" } });
const empty = (name: string): Volume => ({ name, emptyDisk: { capacity: "1Gi" } });
const disksAndVolumes = (disks: readonly unknown[], volumes?: readonly unknown[]) => ({
  domain: { devices: { disks } },
  ...(volumes === undefined ? {} : { volumes }),
});
const withVolume = (source: object) => ({ domain: {}, volumes: [{ name: "a", ...source }] });
const withDomain = (domain: object) => ({ domain });
const withResources = (requests: object, limits: object) => withDomain({ resources: { requests, limits } });
const cloudInit = (source: object) => withVolume({ cloudInitNoCloud: source });
const base64 = (bytes: number) => Buffer.alloc(bytes).toString("base64");

const disks = "domain.devices.disks";
const seed = "volumes[0].cloudInitNoCloud";

const diskFaults: readonly MachineFault[] = [
  {
    name: "a disk that names no volume",
    spec: disksAndVolumes([{ name: "root", volumeName: "rot" }], [claim("root")]),
    field: `${disks}[0].volumeName`,
    serverField: disks,
  },
  {
    name: "a disk where there are no volumes",
    spec: disksAndVolumes([{ name: "root", volumeName: "root" }]),
    field: `${disks}[0].volumeName`,
    serverField: disks,
  },
  {
    name: "two disks of one volume",
    spec: disksAndVolumes(
      [
        { name: "a", volumeName: "a" },
        { name: "b", volumeName: "a" },
      ],
      [claim("a")],
    ),
    field: `${disks}[1].volumeName`,
    serverField: disks,
  },
  {
    name: "a lun over something other than a claim",
    spec: disksAndVolumes([{ name: "a", volumeName: "a", lun: {} }], [empty("a")]),
    field: `${disks}[0].lun`,
    serverField: disks,
  },
  {
    name: "a disk with two kinds of target",
    spec: disksAndVolumes([{ name: "a", volumeName: "a", disk: {}, cdrom: {} }], [claim("a")]),
    field: `${disks}[0]`,
  },
  {
    name: "two disks of one name",
    spec: disksAndVolumes(
      [
        { name: "a", volumeName: "a" },
        { name: "a", volumeName: "b" },
      ],
      [claim("a"), claim("b")],
    ),
    field: `${disks}[1].name`,
    serverField: disks,
  },
  {
    name: "too many disks",
    spec: disksAndVolumes(
      Array.from({ length: mostDisks + 1 }, (_, index) => ({ name: `d${index}`, volumeName: `d${index}` })),
    ),
    field: disks,
  },
  {
    name: "a disk without a name",
    spec: disksAndVolumes([{ volumeName: "a" }], [claim("a")]),
    field: `${disks}[0].name`,
    serverField: disks,
  },
  {
    name: "a bus that there is not",
    spec: disksAndVolumes([{ name: "a", volumeName: "a", disk: { bus: "vertio" } }], [claim("a")]),
    field: `${disks}[0].disk.bus`,
  },
];

const volumeFaults: readonly MachineFault[] = [
  { name: "a volume without a source", spec: withVolume({}), field: "volumes[0]" },
  {
    name: "a volume with two sources",
    spec: withVolume({ emptyDisk: { capacity: "1Gi" }, registryDisk: { image: "x" } }),
    field: "volumes[0]",
  },
  {
    name: "two volumes of one name",
    spec: { domain: {}, volumes: [claim("a"), empty("a")] },
    field: "volumes[1].name",
    serverField: "volumes",
  },
  {
    name: "a volume's name that leaves its folder",
    spec: { domain: {}, volumes: [claim("../a")] },
    field: "volumes[0].name",
  },
  {
    name: "an overlay over nothing",
    spec: withVolume({ ephemeral: {} }),
    field: "volumes[0].ephemeral.persistentVolumeClaim",
  },
  {
    name: "an empty disk without a size",
    spec: withVolume({ emptyDisk: { capacity: "0" } }),
    field: "volumes[0].emptyDisk.capacity",
  },
  {
    name: "an empty disk of a size that is no quantity",
    spec: withVolume({ emptyDisk: { capacity: "lots" } }),
    field: "volumes[0].emptyDisk.capacity",
  },
  {
    name: "an image that is no reference",
    spec: withVolume({ registryDisk: { image: "http://x/y" } }),
    field: "volumes[0].registryDisk.image",
  },
  {
    name: "a claim's name that is none",
    spec: withVolume({ persistentVolumeClaim: { claimName: "A b" } }),
    field: "volumes[0].persistentVolumeClaim.claimName",
  },
  { name: "user data of no source", spec: cloudInit({}), field: seed },
  { name: "empty user data", spec: cloudInit({ userData: "" }), field: seed },
  { name: "user data of two sources", spec: cloudInit({ userData: "x", userDataBase64: "eA==" }), field: seed },
  { name: "a secret and user data", spec: cloudInit({ secretRef: { name: "s" }, userData: "x" }), field: seed },
  { name: "a secret without a name", spec: cloudInit({ secretRef: {}, userData: "x" }), field: `${seed}.secretRef` },
  { name: "base64 with spaces", spec: cloudInit({ userDataBase64: "eA ==" }), field: `${seed}.userDataBase64` },
  { name: "base64 without padding", spec: cloudInit({ userDataBase64: "eA" }), field: `${seed}.userDataBase64` },
  {
    name: "user data of too many characters",
    spec: cloudInit({ userData: "x".repeat(2049) }),
    field: seed,
    serverField: `${seed}.userData`,
  },
  {
    name: "user data of too many bytes",
    spec: cloudInit({ userData: "é".repeat(1025) }),
    field: seed,
    serverField: `${seed}.userData`,
  },
  {
    name: "base64 of too many bytes",
    spec: cloudInit({ userDataBase64: base64(2049) }),
    field: seed,
    serverField: `${seed}.userDataBase64`,
  },
];

const domainFaults: readonly MachineFault[] = [
  {
    name: "a clock with two offsets",
    spec: withDomain({ clock: { timezone: "UTC", utc: {} } }),
    field: "domain.clock",
  },
  { name: "a zone that is none", spec: withDomain({ clock: { timezone: "../x" } }), field: "domain.clock.timezone" },
  {
    name: "an offset that does not fit",
    spec: withDomain({ clock: { utc: { offsetSeconds: 2 ** 31 } } }),
    field: "domain.clock.utc.offsetSeconds",
  },
  {
    name: "a tick policy of another timer",
    spec: withDomain({ clock: { timer: { rtc: { tickPolicy: "merge" } } } }),
    field: "domain.clock.timer.rtc.tickPolicy",
  },
  {
    name: "two watchdogs",
    spec: withDomain({ watchdog: { name: "a" }, devices: { watchdog: { name: "b" } } }),
    field: "domain.watchdog",
  },
  {
    name: "a watchdog's action that there is not",
    spec: withDomain({ devices: { watchdog: { name: "a", i6300esb: { action: "explode" } } } }),
    field: "domain.devices.watchdog.i6300esb.action",
  },
  {
    name: "memory above its limit",
    spec: withResources({ memory: "1025Mi" }, { memory: "1Gi" }),
    field: "domain.resources.requests.memory",
    serverField: "domain.resources.requests[memory]",
  },
  {
    name: "cpu above its limit",
    spec: withResources({ cpu: 2 }, { cpu: "1500m" }),
    field: "domain.resources.requests.cpu",
    serverField: "domain.resources.requests[cpu]",
  },
  {
    name: "another request above its limit",
    spec: withResources({ "example.com/gpu": "2" }, { "example.com/gpu": "1" }),
    field: 'domain.resources.requests["example.com/gpu"]',
    serverField: "domain.resources.requests",
  },
  {
    name: "no memory",
    spec: withResources({ memory: "0" }, {}),
    field: "domain.resources.requests.memory",
    serverField: "domain.resources.requests[memory]",
  },
  {
    name: "more memory than there can be",
    spec: withResources({ memory: "9Ei" }, {}),
    field: "domain.resources.requests.memory",
    serverField: "domain.resources.requests[memory]",
  },
  {
    name: "less than no memory",
    spec: withResources({}, { memory: -5 }),
    field: "domain.resources.limits.memory",
    serverField: "domain.resources.limits[memory]",
  },
  {
    name: "less than no cpu",
    spec: withResources({ cpu: "-1" }, {}),
    field: "domain.resources.requests.cpu",
    serverField: "domain.resources.requests",
  },
  {
    name: "memory that is no quantity",
    spec: withResources({ memory: "64MB" }, {}),
    field: "domain.resources.requests.memory",
  },
  { name: "no cores", spec: withDomain({ cpu: { cores: 0 } }), field: "domain.cpu.cores" },
  { name: "cores as text", spec: withDomain({ cpu: { cores: "2" } }), field: "domain.cpu.cores" },
  {
    name: "too few spins",
    spec: withDomain({ features: { hyperv: { spinlocks: { spinlocks: 4095 } } } }),
    field: "domain.features.hyperv.spinlocks.spinlocks",
  },
  {
    name: "a vendor with a comma",
    spec: withDomain({ features: { hyperv: { vendorid: { vendorid: "a,b" } } } }),
    field: "domain.features.hyperv.vendorid.vendorid",
  },
  { name: "a UUID that is none", spec: withDomain({ firmware: { uuid: "1234" } }), field: "domain.firmware.uuid" },
  {
    name: "a machine type that is none",
    spec: withDomain({ machine: { type: "-q35" } }),
    field: "domain.machine.type",
  },
  { name: "a field that there is not", spec: withDomain({ cpuu: { cores: 1 } }), field: "domain.cpuu" },
  { name: "no domain", spec: { volumes: [] }, field: "domain" },
];

const terms = "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
const affinity = (nodeSelectorTerms: readonly unknown[]) => ({
  domain: {},
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
});
const labelled = (requirement: object) => affinity([{ matchExpressions: [requirement] }]);

const placementFaults: readonly MachineFault[] = [
  { name: "no alternative", spec: affinity([]), field: terms },
  {
    name: "In without values",
    spec: labelled({ key: "a", operator: "In" }),
    field: `${terms}[0].matchExpressions[0].values`,
  },
  {
    name: "Exists with values",
    spec: labelled({ key: "a", operator: "Exists", values: ["b"] }),
    field: `${terms}[0].matchExpressions[0].values`,
  },
  {
    name: "Gt with two values",
    spec: labelled({ key: "a", operator: "Gt", values: ["1", "2"] }),
    field: `${terms}[0].matchExpressions[0].values`,
  },
  {
    name: "Lt with a word",
    spec: labelled({ key: "a", operator: "Lt", values: ["four"] }),
    field: `${terms}[0].matchExpressions[0].values`,
  },
  {
    name: "a key that is none",
    spec: labelled({ key: "a b", operator: "Exists" }),
    field: `${terms}[0].matchExpressions[0].key`,
  },
  {
    name: "another field than the node's name",
    spec: affinity([{ matchFields: [{ key: "metadata.uid", operator: "Exists" }] }]),
    field: `${terms}[0].matchFields[0].key`,
    serverField: `${terms}[0].matchFields`,
  },
  {
    name: "a preference that weighs nothing",
    spec: {
      domain: {},
      affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 0, preference: {} }] } },
    },
    field: "affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight",
  },
  {
    name: "a node's label that is none",
    spec: { domain: {}, nodeSelector: { zone: "a b" } },
    field: "nodeSelector.zone",
  },
  {
    name: "less than no time to stop",
    spec: { domain: {}, terminationGracePeriodSeconds: -1 },
    field: "terminationGracePeriodSeconds",
  },
];

const named = <Object extends { readonly metadata: object }>(object: Object) => ({
  ...object,
  metadata: { name: "faulty", namespace: "default" },
});

function inMachine({ spec, ...fault }: MachineFault): SeededFault {
  return { ...below("spec", fault), object: { ...named(buildVirtualMachine()), spec } };
}

function inTemplate({ spec, ...fault }: MachineFault): SeededFault {
  const ovm = named(buildOfflineVirtualMachine());
  const object = { ...ovm, spec: { ...ovm.spec, template: { ...ovm.spec.template, spec } } };
  return { ...below("spec.template.spec", fault), name: `${fault.name}, in a template`, object };
}

function below(path: string, { serverField, field, ...fault }: Fault): Fault {
  return {
    ...fault,
    field: `${path}.${field}`,
    ...(serverField === undefined ? {} : { serverField: `${path}.${serverField}` }),
  };
}

const requirement = (operator: string, values?: readonly string[]) => ({
  matchExpressions: [{ key: "app", operator, ...(values === undefined ? {} : { values }) }],
});
const ovm = (changes: object) => {
  const object = named(buildOfflineVirtualMachine());
  return { ...object, spec: { ...object.spec, ...changes } };
};
const set = (changes: object) => {
  const object = named(buildReplicaSet());
  return { ...object, spec: { ...object.spec, ...changes } };
};
const preset = (spec: object) => ({ ...named(buildPreset("faulty", {})), spec });
const metadata = (changes: object) => ({
  ...buildVirtualMachine(),
  metadata: { name: "faulty", namespace: "default", ...changes },
});
const template = (changes: object) => ovm({ template: { ...buildTemplate(), metadata: changes } });
const twoTargets: DomainSpec = { devices: { disks: [{ name: "a", volumeName: "a", disk: {}, lun: {} }] } };

const ownerFaults: readonly SeededFault[] = [
  { name: "an OVM without a strategy", object: ovm({ runStrategy: undefined }), field: "spec.runStrategy" },
  { name: "an OVM with two strategies", object: ovm({ running: true }), field: "spec.running" },
  {
    name: "an OVM with a strategy that there is not",
    object: ovm({ runStrategy: "Sometimes" }),
    field: "spec.runStrategy",
  },
  { name: "an OVM without a template", object: ovm({ template: undefined }), field: "spec.template" },
  {
    name: "a template's label that is none",
    object: template({ labels: { a: "b c" } }),
    field: "spec.template.metadata.labels.a",
  },
  { name: "a template's name that is none", object: template({ name: "A" }), field: "spec.template.metadata.name" },
  {
    name: "the beginning of a name that is none",
    object: template({ generateName: "-" }),
    field: "spec.template.metadata.generateName",
  },
  {
    name: "a namespace that is none",
    object: template({ namespace: "a.b" }),
    field: "spec.template.metadata.namespace",
  },
  { name: "a set with an empty selector", object: set({ selector: {} }), field: "spec.selector" },
  { name: "a set without a selector", object: set({ selector: undefined }), field: "spec.selector" },
  {
    name: "a set that does not count its machines",
    object: set({ selector: { matchLabels: { app: "mail" } } }),
    field: "spec.selector",
  },
  {
    name: "a set whose expressions do not match",
    object: set({ selector: requirement("NotIn", ["web"]) }),
    field: "spec.selector",
  },
  {
    name: "a set that wants no label of its machines",
    object: set({ selector: requirement("DoesNotExist") }),
    field: "spec.selector",
  },
  {
    name: "a set of machines without labels",
    object: set({ template: { spec: buildTemplate().spec } }),
    field: "spec.selector",
  },
  { name: "less than no replicas", object: set({ replicas: -1 }), field: "spec.replicas" },
  {
    name: "In without values in a selector",
    object: set({ selector: requirement("In", []) }),
    field: "spec.selector.matchExpressions[0].values",
  },
  {
    name: "Exists with values in a selector",
    object: set({ selector: requirement("Exists", ["web"]) }),
    field: "spec.selector.matchExpressions[0].values",
  },
  {
    name: "a selected value that is none",
    object: set({ selector: requirement("In", ["a b"]) }),
    field: "spec.selector.matchExpressions[0].values[0]",
  },
  {
    name: "a selected key that is none",
    object: preset({ domain: {}, selector: { matchExpressions: [{ key: "/a", operator: "Exists" }] } }),
    field: "spec.selector.matchExpressions[0].key",
  },
  {
    name: "a selected label that is none",
    object: preset({ domain: {}, selector: { matchLabels: { a: "b c" } } }),
    field: "spec.selector.matchLabels.a",
  },
  { name: "a preset without a domain", object: preset({}), field: "spec.domain" },
  {
    name: "a preset's disk with two kinds of target",
    object: preset({ domain: twoTargets }),
    field: "spec.domain.devices.disks[0]",
  },
  { name: "a name that is too long", object: metadata({ name: "a".repeat(64) }), field: "metadata.name" },
  { name: "a name that is none", object: metadata({ name: "A_b" }), field: "metadata.name" },
  {
    name: "a label that is none",
    object: metadata({ labels: { a: "b c" } }),
    field: "metadata.labels.a",
    serverField: "metadata.labels",
  },
  { name: "a label's key that is none", object: metadata({ labels: { "a b": "c" } }), field: "metadata.labels" },
];

const machineFaults = [...diskFaults, ...volumeFaults, ...domainFaults, ...placementFaults];

export const seededFaults: readonly SeededFault[] = [
  ...machineFaults.map(inMachine),
  ...machineFaults.map(inTemplate),
  ...ownerFaults,
];
