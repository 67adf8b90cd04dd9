import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kindByName } from "../../../../provider/api/v1alpha1/kinds";
import type { VirtualMachine } from "../../../../provider/api/v1alpha1/virtual-machine";
import { convertVirtualMachine, type MachineFacts, parseDomain, printDomain } from "../../../../provider/core/convert";
import { replaceForbidden } from "../../../../provider/core/domain-xml/print";
import { arbitraryObject, withFaults } from "../../../builders/arbitrary-object";
import { buildMachineFacts, rawFiles } from "../../../builders/machine-facts";
import { buildVirtualMachine, claimDisk, machineWithDisks } from "../../../builders/virtual-machine";

const kind = kindByName("VirtualMachine");
if (kind === undefined) throw new Error("there is no kind VirtualMachine");

const domainTypes = fc.constantFrom("kvm" as const, "qemu" as const);

/** Facts of a node that has prepared every volume of the machine. */
function factsFor(vm: VirtualMachine, domainType: MachineFacts["domainType"]): MachineFacts {
  return buildMachineFacts({ domainType, volumes: rawFiles(...(vm.spec.volumes ?? []).map(({ name }) => name)) });
}

describe("the conversion, for any machine", () => {
  it("of the right structure ends with a domain or with fields at fault", () => {
    fc.assert(
      fc.property(arbitraryObject(kind), domainTypes, (object, domainType) => {
        const conversion = convertVirtualMachine(
          object as unknown as VirtualMachine,
          buildMachineFacts({ domainType }),
        );
        if (!conversion.ok) expect(conversion.errors.length).toBeGreaterThan(0);
      }),
    );
  });

  it("that is valid makes a document that says the same when it is read", () => {
    let converted = 0;
    fc.assert(
      fc.property(arbitraryObject(kind), domainTypes, (object, domainType) => {
        const valid = withFaults(object, 0);
        fc.pre(valid !== undefined);
        const vm = { ...valid, metadata: { ...Object(valid?.metadata), uid: "u" } } as unknown as VirtualMachine;
        const conversion = convertVirtualMachine(vm, factsFor(vm, domainType));
        if (!conversion.ok) return;
        converted += 1;
        expect(parseDomain(printDomain(conversion.domain))).toEqual(conversion.domain);
      }),
    );
    // Some two hundred of a thousand are machines that can be; the others name machine types that there are not.
    expect(converted).toBeGreaterThan(0);
  });

  it("keeps the vendor's name in its place, whatever is allowed in one", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -+\--~]{1,12}$/), (vendorid) => {
        const vm = buildVirtualMachine({ domain: { features: { hyperv: { vendorid: { vendorid } } } } });
        const conversion = convertVirtualMachine(vm, buildMachineFacts());
        if (!conversion.ok) throw new Error(JSON.stringify(conversion.errors));
        const read = parseDomain(printDomain(conversion.domain));
        expect(read?.features.hyperv?.vendorId).toEqual({ state: true, value: vendorid });
        expect(read).toEqual(conversion.domain);
      }),
    );
  });

  it("keeps every path and name of the node in its place, whatever it is", () => {
    const text = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(text, text, text, text, (path, below, log, clusterUid) => {
        const conversion = convertVirtualMachine(machineWithDisks(claimDisk("root", { disk: { bus: "virtio" } })), {
          ...buildMachineFacts({ clusterUid, consoleLogPath: log }),
          volumes: { root: { kind: "file", path, format: "qcow2", backing: { path: below, format: "raw" } } },
        });
        if (!conversion.ok) throw new Error(JSON.stringify(conversion.errors));
        const { devices, metadata } = parseDomain(printDomain(conversion.domain)) ?? conversion.domain;
        const [disk] = devices.disks;
        expect([disk?.source.file, disk?.backingStore.source?.file, devices.serials[0]?.log?.file]).toEqual(
          [path, below, log].map(replaceForbidden),
        );
        expect(metadata.kubevirt.clusterUid).toBe(replaceForbidden(clusterUid));
      }),
    );
  });
});
