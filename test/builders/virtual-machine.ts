/** Virtual machines for tests: small, valid, and changed by what a test is about. No logic beyond that. */
import type { ObjectMeta } from "../../provider/api/meta";
import type { Disk } from "../../provider/api/v1alpha1/disks";
import type { DomainSpec } from "../../provider/api/v1alpha1/domain-spec";
import type { VirtualMachine, VirtualMachineSpec } from "../../provider/api/v1alpha1/virtual-machine";
import type { Volume } from "../../provider/api/v1alpha1/volumes";

export const builtUid = "f4686d2c-6e8d-4335-b8fd-81bee22f4814";

export interface VirtualMachineParts {
  readonly metadata?: ObjectMeta;
  readonly domain?: DomainSpec;
  readonly spec?: Partial<Omit<VirtualMachineSpec, "domain">>;
}

/** A machine named `web` in namespace `default` that asks for 128Mi and has no disks. */
export function buildVirtualMachine({ metadata, domain, spec }: VirtualMachineParts = {}): VirtualMachine {
  return {
    apiVersion: "kubevirt.io/v1alpha1",
    kind: "VirtualMachine",
    metadata: { name: "web", namespace: "default", uid: builtUid, ...metadata },
    spec: { ...spec, domain: { resources: { requests: { memory: "128Mi" } }, ...domain } },
  };
}

/** A disk and the claim below it, of one name. */
export function claimDisk(name: string, target: Omit<Disk, "name" | "volumeName"> = {}): readonly [Disk, Volume] {
  return [
    { name, volumeName: name, ...target },
    { name, persistentVolumeClaim: { claimName: name } },
  ];
}

/** A machine with these disks and their claims. */
export function machineWithDisks(...pairs: readonly (readonly [Disk, Volume])[]): VirtualMachine {
  return buildVirtualMachine({
    domain: { devices: { disks: pairs.map(([disk]) => disk) } },
    spec: { volumes: pairs.map(([, volume]) => volume) },
  });
}
