/** Reads libvirt's answer to "what can this emulator do" (virConnectGetDomainCapabilities). */
import { XMLParser } from "fast-xml-parser";
import type { EmulatorDescription } from "./hypervisor";

const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "@", parseTagValue: false });

function textOf(capabilities: Record<string, unknown>, name: string): string {
  const value = capabilities[name];
  return typeof value === "string" ? value : "";
}

export function parseDomainCapabilities(xml: string): EmulatorDescription {
  const document: unknown = parser.parse(xml);
  const root: unknown =
    typeof document === "object" && document !== null && "domainCapabilities" in document
      ? document.domainCapabilities
      : undefined;
  const capabilities: Record<string, unknown> = typeof root === "object" && root !== null ? { ...root } : {};
  const vcpu = capabilities.vcpu;
  const max: unknown = typeof vcpu === "object" && vcpu !== null && "@max" in vcpu ? vcpu["@max"] : undefined;
  return {
    emulator: textOf(capabilities, "path"),
    arch: textOf(capabilities, "arch"),
    domainType: textOf(capabilities, "domain") === "kvm" ? "kvm" : "qemu",
    machine: textOf(capabilities, "machine"),
    maxCpus: Number(max ?? 1),
  };
}
