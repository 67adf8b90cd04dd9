/** `cpu.cores` → `<vcpu>` and `<cpu>`. */
import type { Domain } from "../domain-xml/domain";
import type { MachineFacts } from "./machine-facts";

/**
 * Under KVM the guest sees the host's processor. Under emulation no model is named, since only QEMU's own is quick
 * there; the topology changes nothing of that.
 */
export function convertProcessor(cores: number, domainType: MachineFacts["domainType"]): Pick<Domain, "vcpu" | "cpu"> {
  return {
    vcpu: { placement: "static", value: cores },
    cpu: { ...(domainType === "kvm" && { mode: "host-model" }), topology: { sockets: 1, cores, threads: 1 } },
  };
}
