/** What a resource's state keeps of an object: what was asked for, and the few facts that programs use. */
import type { VirtualMachineStatus } from "../api/v1alpha1/virtual-machine";
import { covers } from "../core/covers";
import type { KubeObject } from "../kube/resource";
import { type Fields, metadataOf } from "./inputs";

export interface LiveObject extends KubeObject {
  readonly spec?: unknown;
  readonly status?: VirtualMachineStatus;
}

/** Outputs after create, update and read. `inputs` is what the resource last asked for. */
export function outputsOf(kind: string, live: LiveObject, inputs: Fields): Fields {
  const asked = metadataOf(inputs);
  const metadata = {
    ...asked,
    ...askedFor("labels", live.metadata.labels, asked.labels),
    ...askedFor("annotations", live.metadata.annotations, asked.annotations),
    uid: live.metadata.uid,
  };
  const spec = covers(live.spec, inputs.spec) ? inputs.spec : live.spec;
  const common = { metadata, spec };
  return withoutUndefined(kind === "VirtualMachine" ? { ...common, ...machineFacts(live.status) } : common);
}

function machineFacts(status: VirtualMachineStatus | undefined): Fields {
  const ready = status?.conditions?.find((condition) => condition.type === "Ready")?.status === "True";
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
