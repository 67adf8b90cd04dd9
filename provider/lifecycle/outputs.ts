/** What a resource's state keeps of an object: what was asked for, and the few facts that programs use. */
import type { OfflineVirtualMachineStatus } from "../api/v1alpha1/offline-virtual-machine";
import type { VirtualMachineStatus } from "../api/v1alpha1/virtual-machine";
import type { VirtualMachineReplicaSetStatus } from "../api/v1alpha1/virtual-machine-replica-set";
import { findCondition } from "../core/conditions";
import { covers } from "../core/covers";
import type { KubeObject } from "../kube/resource";
import { claimAnnotation } from "./existing";
import { type Fields, metadataOf } from "./inputs";

/** An object of any of the kinds: each has some of these. */
export interface LiveObject extends KubeObject {
  readonly spec?: unknown;
  readonly status?: VirtualMachineStatus & OfflineVirtualMachineStatus & VirtualMachineReplicaSetStatus;
}

export interface OutputsContext {
  /** Kept in the state: a machine that was seen to run once is mortal from then on, and no update may make it again. */
  readonly started: boolean;
  /** The machine that an OfflineVirtualMachine has, if it has one. */
  readonly guest?: LiveObject | undefined;
}

/** Outputs after create, update and read. `inputs` is what the resource last asked for. */
export function outputsOf(kind: string, live: LiveObject, inputs: Fields, context: OutputsContext): Fields {
  const asked = metadataOf(inputs);
  const metadata = {
    ...asked,
    ...askedFor("labels", live.metadata.labels, asked.labels),
    ...askedFor("annotations", live.metadata.annotations, asked.annotations),
    uid: live.metadata.uid,
  };
  const spec = covers(live.spec, inputs.spec) ? inputs.spec : live.spec;
  const claim = live.metadata.annotations?.[claimAnnotation];
  return withoutUndefined({ metadata, spec, ...factsOf(kind, live, context), claim });
}

/** What a program would have to say for these outputs: for the inputs that a refresh or an import brings along. */
export function askedByOutputs(outputs: Fields): Fields {
  const { uid: _uid, ...metadata } = metadataOf(outputs);
  return { metadata, spec: outputs.spec };
}

function factsOf(kind: string, { status }: LiveObject, { started, guest }: OutputsContext): Fields {
  switch (kind) {
    case "VirtualMachine":
      return { ...machineFacts(status), started };
    case "OfflineVirtualMachine": {
      const { ipAddress, nodeName } = machineFacts(guest?.status);
      const created = status?.created === true;
      const ready = status?.ready === true;
      return { ipAddress, nodeName, created, ready, status: { created, ready } };
    }
    case "VirtualMachineReplicaSet": {
      const replicas = status?.replicas ?? 0;
      const readyReplicas = status?.readyReplicas ?? 0;
      const ready = findCondition(status?.conditions, "Ready")?.status === "True";
      return { replicas, readyReplicas, ready, status: { replicas, readyReplicas } };
    }
    default:
      return {};
  }
}

/** Whether a machine has run as far as its last outputs and its present phase tell. */
export function hasStarted(outputs: Fields, live: LiveObject | undefined): boolean {
  const phase = live?.status?.phase;
  return outputs.started === true || phase === "Running" || phase === "Succeeded";
}

function machineFacts(status: VirtualMachineStatus | undefined): Fields {
  const ready = findCondition(status?.conditions, "Ready")?.status === "True";
  return {
    ipAddress: status?.interfaces?.[0]?.ipAddress ?? "",
    nodeName: status?.nodeName ?? "",
    phase: status?.phase ?? "",
    ready: status?.phase === "Running" && ready,
    status: { phase: status?.phase, nodeName: status?.nodeName, interfaces: status?.interfaces },
  };
}

/** The live values of the keys that were asked for: keys that controllers added are not this resource's. */
function askedFor(field: string, live: Readonly<Record<string, string>> | undefined, asked: unknown): Fields {
  if (typeof asked !== "object" || asked === null) return {};
  const kept = Object.keys(asked).filter((key) => live?.[key] !== undefined);
  return { [field]: Object.fromEntries(kept.map((key) => [key, live?.[key]])) };
}

function withoutUndefined(fields: Fields): Fields {
  return JSON.parse(JSON.stringify(fields)) as Fields;
}
