import { CheckRequest } from "@pulumi/pulumi/proto/provider_pb";
import { describe, expect, it } from "vitest";
import { autoName } from "../../../provider/lifecycle/auto-name";
import { autonamedAnnotation, unknownMarker, urnAnnotation } from "../../../provider/lifecycle/inputs";
import { namedInputs } from "../../../provider/plugin/named-inputs";

const urn = "urn:pulumi:dev::shop::my:Component$kubevirt:index:VirtualMachine::web";
const { Mode } = CheckRequest.AutonamingOptions;
const asked = (mode: 0 | 1 | 2, name = "") => new CheckRequest.AutonamingOptions().setMode(mode).setProposedName(name);

describe("the name of a resource's object", () => {
  it("comes from the resource's name and URN, which are both written down", () => {
    const inputs = namedInputs(urn, undefined, { spec: {} });
    expect(inputs).toEqual({
      metadata: {
        name: autoName("web", urn),
        annotations: { [autonamedAnnotation]: "true", [urnAnnotation]: urn },
      },
      spec: {},
    });
  });

  it("is the program's where it gives one, also one that is not known yet", () => {
    for (const name of ["mine", unknownMarker]) {
      const inputs = namedInputs(urn, asked(Mode.DISABLE), { metadata: { name, annotations: { a: "b" } } });
      expect(inputs.metadata).toEqual({ name, annotations: { a: "b", [urnAnnotation]: urn } });
    }
  });

  it("is the one that the stack's configuration proposes", () => {
    for (const mode of [Mode.PROPOSE, Mode.ENFORCE]) {
      expect(namedInputs(urn, asked(mode, "shop-web"), {})).toMatchObject({ metadata: { name: "shop-web" } });
    }
  });

  it("is left out where the stack's configuration lets none be made up", () => {
    expect(namedInputs(urn, asked(Mode.DISABLE), {})).toEqual({
      metadata: { annotations: { [autonamedAnnotation]: "true", [urnAnnotation]: urn } },
    });
  });

  it("leaves metadata and annotations alone that are not known yet, or no objects", () => {
    expect(namedInputs(urn, undefined, { metadata: unknownMarker })).toEqual({ metadata: unknownMarker });
    const inputs = namedInputs(urn, undefined, { metadata: { name: "a", annotations: unknownMarker } });
    expect(inputs.metadata).toEqual({ name: "a", annotations: unknownMarker });
  });
});
