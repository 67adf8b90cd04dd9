import { describe, expect, it } from "vitest";
import { parseDomainCapabilities } from "../../../provider/libvirt/domain-capabilities-xml";

describe("parseDomainCapabilities", () => {
  it("reads the emulator, its canonical machine and its limits", () => {
    const xml = `<domainCapabilities><path>/usr/bin/qemu-system-x86_64</path><domain>qemu</domain>
      <machine>pc-q35-7.2</machine><arch>x86_64</arch><vcpu max='288'/><os supported='yes'/></domainCapabilities>`;
    expect(parseDomainCapabilities(xml)).toEqual({
      emulator: "/usr/bin/qemu-system-x86_64",
      domainType: "qemu",
      machine: "pc-q35-7.2",
      arch: "x86_64",
      maxCpus: 288,
    });
  });
});
