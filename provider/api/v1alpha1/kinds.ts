/**
 * The table of kinds: everything that differs between them for a server, a client or a generator. A new kind is a
 * new row here and a schema beside it.
 */
import type { z } from "zod";
import { OfflineVirtualMachine } from "./offline-virtual-machine";
import { VirtualMachine } from "./virtual-machine";
import { VirtualMachinePreset } from "./virtual-machine-preset";
import { VirtualMachineReplicaSet } from "./virtual-machine-replica-set";

export { apiVersion, group, version } from "./group";

/** A column that `kubectl get` shows after NAME. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: "string" | "integer" | "date" | "boolean";
  readonly jsonPath: string;
  readonly description: string;
  /** Columns above 0 are shown with `-o wide` only. */
  readonly priority?: number;
}

/** Where the scale subresource finds its numbers. */
export interface ScaleSubresource {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

/** A fact of an object that a Pulumi program has as an output of its own, beside `status`. */
export interface OutputField {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean";
  readonly description: string;
}

export interface KindDefinition {
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  /** Groups of kinds that `kubectl get CATEGORY` lists together. */
  readonly categories: readonly string[];
  /** One sentence: what the kind is. */
  readonly description: string;
  readonly schema: z.ZodType;
  readonly columns: readonly PrinterColumn[];
  /** Fields besides name and namespace that `--field-selector` and watches can select by, such as `.status.phase`. */
  readonly selectableFields: readonly string[];
  readonly subresources: { readonly status: boolean; readonly scale?: ScaleSubresource };
  readonly outputs: readonly OutputField[];
}

const age: PrinterColumn = {
  name: "Age",
  type: "date",
  jsonPath: ".metadata.creationTimestamp",
  description: "Time since it was created.",
};

const ipAddress: OutputField = {
  name: "ipAddress",
  type: "string",
  description: "Address at which the guest can be reached; empty until it runs.",
};
const nodeName: OutputField = {
  name: "nodeName",
  type: "string",
  description: "Node that runs the machine; empty until there is one.",
};
const guestRuns: OutputField = { name: "ready", type: "boolean", description: "Whether the guest runs." };

export const kinds: readonly KindDefinition[] = [
  {
    kind: "VirtualMachine",
    listKind: "VirtualMachineList",
    plural: "virtualmachines",
    singular: "virtualmachine",
    shortNames: ["vm", "vms"],
    categories: ["all", "kubevirt"],
    description: "A machine that runs once, on one node, and is never resurrected.",
    schema: VirtualMachine,
    columns: [
      { name: "Phase", type: "string", jsonPath: ".status.phase", description: "Where the machine is on its way." },
      {
        name: "IP",
        type: "string",
        jsonPath: ".status.interfaces[0].ipAddress",
        description: "Address at which the guest can be reached.",
      },
      { name: "Node", type: "string", jsonPath: ".status.nodeName", description: "Node that runs the machine." },
      age,
    ],
    selectableFields: [".status.phase", ".status.nodeName"],
    subresources: { status: true },
    outputs: [
      ipAddress,
      nodeName,
      {
        name: "phase",
        type: "string",
        description: "Pending, Scheduling, Scheduled, Running, Succeeded, Failed or Unknown.",
      },
      guestRuns,
    ],
  },
  {
    kind: "OfflineVirtualMachine",
    listKind: "OfflineVirtualMachineList",
    plural: "offlinevirtualmachines",
    singular: "offlinevirtualmachine",
    shortNames: ["ovm", "ovms"],
    categories: ["all", "kubevirt"],
    description: "A machine that is made again whenever it has ended, as long as it should run.",
    schema: OfflineVirtualMachine,
    columns: [
      {
        name: "Strategy",
        type: "string",
        jsonPath: ".spec.runStrategy",
        description: "Whether the machine should run: Always or Halted.",
      },
      {
        name: "Created",
        type: "boolean",
        jsonPath: ".status.created",
        description: "Whether its VirtualMachine is there.",
      },
      { name: "Ready", type: "boolean", jsonPath: ".status.ready", description: "Whether its VirtualMachine runs." },
      age,
    ],
    selectableFields: [],
    subresources: { status: true },
    outputs: [
      ipAddress,
      nodeName,
      { name: "created", type: "boolean", description: "Whether its VirtualMachine is there." },
      guestRuns,
    ],
  },
  {
    kind: "VirtualMachineReplicaSet",
    listKind: "VirtualMachineReplicaSetList",
    plural: "virtualmachinereplicasets",
    singular: "virtualmachinereplicaset",
    shortNames: ["vmrs", "vmrss"],
    categories: ["all", "kubevirt"],
    description: "As many equal machines as asked for.",
    schema: VirtualMachineReplicaSet,
    columns: [
      {
        name: "Desired",
        type: "integer",
        jsonPath: ".spec.replicas",
        description: "How many machines there should be.",
      },
      { name: "Current", type: "integer", jsonPath: ".status.replicas", description: "How many machines there are." },
      { name: "Ready", type: "integer", jsonPath: ".status.readyReplicas", description: "How many of them run." },
      age,
    ],
    selectableFields: [],
    subresources: {
      status: true,
      scale: {
        specReplicasPath: ".spec.replicas",
        statusReplicasPath: ".status.replicas",
        labelSelectorPath: ".status.labelSelector",
      },
    },
    outputs: [
      { name: "replicas", type: "integer", description: "How many machines there are." },
      { name: "readyReplicas", type: "integer", description: "How many of them run." },
      { name: "ready", type: "boolean", description: "Whether as many run as were asked for." },
    ],
  },
  {
    kind: "VirtualMachinePreset",
    listKind: "VirtualMachinePresetList",
    plural: "virtualmachinepresets",
    singular: "virtualmachinepreset",
    shortNames: ["vmpreset", "vmpresets"],
    categories: ["kubevirt"],
    description: "Settings that every machine with matching labels gets unless it has its own.",
    schema: VirtualMachinePreset,
    columns: [age],
    selectableFields: [],
    subresources: { status: false },
    outputs: [],
  },
];

const byName = new Map(kinds.map((definition) => [definition.kind, definition]));
const byPlural = new Map(kinds.map((definition) => [definition.plural, definition]));

export function kindByName(kind: string): KindDefinition | undefined {
  return byName.get(kind);
}

export function kindByPlural(plural: string): KindDefinition | undefined {
  return byPlural.get(plural);
}
