import { describe, expect, it } from "vitest";
import { parseMachineTypes } from "../../../provider/libvirt/capabilities-xml";

const xml = `<capabilities><host><cpu><arch>x86_64</arch></cpu></host>
  <guest><os_type>hvm</os_type><arch name='x86_64'><wordsize>64</wordsize>
    <machine maxCpus='288'>pc-q35-7.2</machine><machine canonical='pc-q35-7.2' maxCpus='288'>q35</machine>
    <domain type='qemu'/><domain type='kvm'><machine maxCpus='1'>microvm</machine><machine>q35</machine></domain>
  </arch></guest>
  <guest><os_type>hvm</os_type><arch name='i686'><machine>isapc</machine></arch></guest>
  <guest><os_type>xen</os_type><arch name='x86_64'><machine>xenpv</machine></arch></guest></capabilities>`;

describe("parseMachineTypes", () => {
  it("reads the types of one architecture, those of a domain type included, each once", () => {
    expect(parseMachineTypes(xml, "x86_64")).toEqual(["pc-q35-7.2", "q35", "microvm"]);
    expect(parseMachineTypes(xml, "i686")).toEqual(["isapc"]);
  });

  it("reads none of an architecture that is not there, or of what is no document", () => {
    expect(parseMachineTypes(xml, "pdp11")).toEqual([]);
    expect(parseMachineTypes("no XML", "x86_64")).toEqual([]);
  });
});
