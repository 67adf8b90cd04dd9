import { describe, expect, it } from "vitest";
import { macOf, macOfDomain } from "../../../../provider/agent/network/card";
import { macAddressOf } from "../../../../provider/agent/network/mac";
import { controllerReference } from "../../../../provider/core/plan/ownership";
import { buildVirtualMachine } from "../../../builders/virtual-machine";

const managedBy = (kind: string, uid: string) =>
  buildVirtualMachine({
    metadata: { uid: `of-${uid}`, ownerReferences: [controllerReference({ kind, metadata: { name: "web", uid } })] },
  });

describe("the card of a machine", () => {
  it("is its own", () => {
    expect(macOf(buildVirtualMachine({ metadata: { uid: "one" } }))).toBe(macAddressOf("one"));
    expect(macOf(managedBy("VirtualMachineReplicaSet", "set"))).toBe(macAddressOf("of-set"));
  });

  it("is its owner's when that starts one machine again and again", () => {
    expect(macOf(managedBy("OfflineVirtualMachine", "ovm"))).toBe(macAddressOf("ovm"));
  });

  it("is read from a domain as libvirt gives it back", () => {
    const card = "<interface type='network'><mac address='52:54:00:01:02:03'/><source network='default'/></interface>";
    expect(macOfDomain(`<domain id='7'><devices><emulator>/q</emulator>${card}</devices></domain>`)).toBe(
      "52:54:00:01:02:03",
    );
    expect(macOfDomain("<domain><devices/></domain>")).toBeUndefined();
    expect(macOfDomain("no document")).toBeUndefined();
  });
});
