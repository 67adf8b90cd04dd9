/** The fake hypervisor's refusals, with libvirt's own numbers. */
import { type VirErrorName, virErrorNumber } from "../../provider/libvirt/errors";
import { HypervisorError } from "../../provider/libvirt/hypervisor";

/** virErrorDomain: the part of libvirt that refuses. */
const errorDomains = { domain: 10, network: 19 } as const;

export function refusal(
  name: VirErrorName,
  message: string,
  by: keyof typeof errorDomains = "domain",
): HypervisorError {
  return new HypervisorError(message, { code: virErrorNumber[name], domain: errorDomains[by] });
}
