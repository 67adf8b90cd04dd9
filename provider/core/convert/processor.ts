/** `cpu` → `<vcpu>` and `<cpu>`. */
import type { Cpu } from "../../api/v1alpha1/cpu";
import { defaultCores } from "../defaults";
import type { Domain } from "../domain-xml/domain";
import type { MachineFacts } from "./machine-facts";

/**
 * Under KVM the guest sees the host's processor. Under emulation no model is named, since only QEMU's own is quick
 * there. A machine that says how many cores it has gets them on one socket.
 */
export function convertProcessor(
  cpu: Cpu | undefined,
  domainType: MachineFacts["domainType"],
): Pick<Domain, "vcpu" | "cpu"> {
  const cores = cpu?.cores;
  const model = domainType === "kvm" ? ({ mode: "host-model" } as const) : undefined;
  const topology = cores === undefined ? undefined : { sockets: 1, cores, threads: 1 };
  return {
    vcpu: { placement: "static", value: cores ?? defaultCores },
    ...((model || topology) && { cpu: { ...model, ...(topology && { topology }) } }),
  };
}
