/** Presets for tests. */
import type { DomainSpec } from "../../provider/api/v1alpha1/domain-spec";
import type {
  VirtualMachinePreset,
  VirtualMachinePresetSpec,
} from "../../provider/api/v1alpha1/virtual-machine-preset";

/** A preset of namespace `default`; without a selector it concerns every machine there. */
export function buildPreset(
  name: string,
  domain: DomainSpec,
  selector?: VirtualMachinePresetSpec["selector"],
): VirtualMachinePreset {
  return {
    apiVersion: "kubevirt.io/v1alpha1",
    kind: "VirtualMachinePreset",
    metadata: { name, namespace: "default" },
    spec: { domain, ...(selector === undefined ? {} : { selector }) },
  };
}
