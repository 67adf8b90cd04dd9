import { describe, expect, it } from "vitest";
import { UnknownNameError } from "../../../provider/plugin/failures";
import { kindOf, nameOf } from "../../../provider/plugin/urn";

const urnOf = (type: string, name = "web") => `urn:pulumi:dev::shop::${type}::${name}`;

describe("a URN", () => {
  it("tells the kind, whatever the resource's parents are", () => {
    expect(kindOf(urnOf("kubevirt:index:VirtualMachine"))).toBe("VirtualMachine");
    expect(kindOf(urnOf("a:b:C$kubevirt:index:VirtualMachineReplicaSet"))).toBe("VirtualMachineReplicaSet");
  });

  it.each(["kubevirt:index:ControlPlane", "kubevirt:index:constructor", "aws:s3:Bucket", ""])(
    "of type %j is none of this provider's, which names those it has",
    (type) => {
      expect(() => kindOf(urnOf(type))).toThrow(UnknownNameError);
      expect(() => kindOf(urnOf(type))).toThrow(/kubevirt:index:VirtualMachine, /);
    },
  );

  it("tells the name, which may have anything in it", () => {
    expect(nameOf(urnOf("a:b:C", "web::1"))).toBe("web::1");
  });
});
