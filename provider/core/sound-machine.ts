/**
 * A VirtualMachine as the watch brought it, made safe to look at. Nobody checks a status, and an object may have been in
 * the store before a rule was; a controller or an agent that trips over one must not be lost for the others. Parts of
 * metadata and status that are not what they should be are left out. The spec stays as it is, even when there is none,
 * since it may be written back: whoever looks into it validates it first.
 */
import { Condition } from "../api/meta";
import { apiVersion } from "../api/v1alpha1/group";
import { OfflineVirtualMachineStatus } from "../api/v1alpha1/offline-virtual-machine";
import {
  type VirtualMachine,
  VirtualMachineNetworkInterface,
  VirtualMachineStatus,
  virtualMachinePhases,
} from "../api/v1alpha1/virtual-machine";
import { VirtualMachineReplicaSetStatus } from "../api/v1alpha1/virtual-machine-replica-set";
import { isObject, items, type JsonObject } from "./json-tree";

export function soundMachine(object: object): VirtualMachine {
  const given: JsonObject = { ...object };
  const { status: _status, ...others } = given;
  const status = soundStatus(given.status);
  return {
    apiVersion,
    kind: "VirtualMachine",
    ...others,
    metadata: soundMetadata(given.metadata),
    ...(status === undefined ? {} : { status }),
  } as VirtualMachine;
}

/** The same for an object that makes machines: a status that its kind does not have is left out. */
export function soundOwner<Owner extends { readonly metadata: object }>(object: Owner): Owner {
  const given: JsonObject = { ...object };
  const { status, ...others }: JsonObject = given;
  const schema = ownerStatuses[String(given.kind)];
  const isSound = status === undefined || schema?.safeParse(status).success === true;
  return { ...others, metadata: soundMetadata(given.metadata), ...(isSound ? { status } : {}) } as Owner;
}

const ownerStatuses: Readonly<Record<string, { safeParse(value: unknown): { readonly success: boolean } }>> = {
  OfflineVirtualMachine: OfflineVirtualMachineStatus,
  VirtualMachineReplicaSet: VirtualMachineReplicaSetStatus,
};

function soundMetadata(metadata: unknown): object {
  if (!isObject(metadata)) return {};
  const { labels, annotations, finalizers, ownerReferences, deletionTimestamp, generation, ...others } = metadata;
  return {
    ...others,
    ...(isObject(labels) ? { labels: textsOf(labels) } : {}),
    ...(isObject(annotations) ? { annotations: textsOf(annotations) } : {}),
    ...(Array.isArray(finalizers) ? { finalizers: finalizers.filter((name) => typeof name === "string") } : {}),
    ...(Array.isArray(ownerReferences) ? { ownerReferences: ownerReferences.filter(isObject) } : {}),
    ...(typeof deletionTimestamp === "string" ? { deletionTimestamp } : {}),
    ...(typeof generation === "number" ? { generation } : {}),
  };
}

function soundStatus(status: unknown): VirtualMachineStatus | undefined {
  if (status === undefined || VirtualMachineStatus.safeParse(status).success) return status as VirtualMachineStatus;
  if (!isObject(status)) return {};
  const phase = virtualMachinePhases.find((known) => known === status.phase);
  const { nodeName, observedGeneration } = status;
  return {
    ...(phase === undefined ? {} : { phase }),
    ...(typeof nodeName === "string" ? { nodeName } : {}),
    ...(typeof observedGeneration === "number" ? { observedGeneration } : {}),
    ...(Array.isArray(status.interfaces)
      ? {
          interfaces: items(status.interfaces).flatMap(
            (card) => VirtualMachineNetworkInterface.safeParse(card).data ?? [],
          ),
        }
      : {}),
    ...(Array.isArray(status.conditions)
      ? { conditions: items(status.conditions).flatMap((condition) => Condition.safeParse(condition).data ?? []) }
      : {}),
  };
}

function textsOf(map: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => typeof value === "string"));
}
