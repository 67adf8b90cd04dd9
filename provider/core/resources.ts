/** The REST collections of this project's kinds, read from the kinds table. */
import { group, kindByName, version } from "../api/v1alpha1/kinds";

export interface KubevirtResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: true;
}

/** Throws when the table has no such kind: a mistake in the program, not in an input. */
export function resourceOf(kind: string): KubevirtResource {
  const definition = kindByName(kind);
  if (definition === undefined) throw new Error(`the kinds table has no ${JSON.stringify(kind)}`);
  return { group, version, kind, plural: definition.plural, namespaced: true };
}

export const virtualMachines = resourceOf("VirtualMachine");
export const virtualMachinePresets = resourceOf("VirtualMachinePreset");
export const offlineVirtualMachines = resourceOf("OfflineVirtualMachine");
export const virtualMachineReplicaSets = resourceOf("VirtualMachineReplicaSet");
