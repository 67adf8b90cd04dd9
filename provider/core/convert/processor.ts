/** `cpu.cores` → `<vcpu>` and `<cpu>`. */
import type { Domain } from "../domain-xml/domain";
import type { MachineFacts } from "./machine-facts";

/**
 * Under KVM the guest sees the host's processor. Under emulation no model is named, since only QEMU's own is quick
 * there; the topology alone, when there is one to tell, changes nothing of that.
 */
export function convertProcessor(cores: number, domainType: MachineFacts["domainType"]): Pick<Domain, "vcpu" | "cpu"> {
  const vcpu = { placement: "static", value: cores } as const;
  const topology = { sockets: 1, cores, threads: 1 };
  if (domainType === "kvm") return { vcpu, cpu: { mode: "host-model", topology } };
  return cores > 1 ? { vcpu, cpu: { topology } } : { vcpu };
}
