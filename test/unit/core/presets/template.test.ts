import { describe, expect, it } from "vitest";
import type { VirtualMachineTemplateSpec } from "../../../../provider/api/v1alpha1/virtual-machine-template";
import { applyPresets, provenanceAnnotation } from "../../../../provider/core/presets/apply";
import { applyPresetsToTemplate } from "../../../../provider/core/presets/template";
import { buildPreset } from "../../../builders/preset";
import { buildVirtualMachine } from "../../../builders/virtual-machine";

const template: VirtualMachineTemplateSpec = {
  metadata: { labels: { size: "small" }, annotations: { note: "mine" } },
  spec: { domain: { cpu: { cores: 2 } } },
};
const small = buildPreset(
  "small",
  { cpu: { cores: 1 }, resources: { requests: { memory: "64Mi" } } },
  { matchLabels: { size: "small" } },
);

describe("presets of a template", () => {
  it("are chosen by the template's labels in its owner's namespace, and leave their marks in its annotations", () => {
    const { template: merged, applied, overridden, provenance } = applyPresetsToTemplate(template, "default", [small]);
    expect(merged).toEqual({
      metadata: {
        labels: { size: "small" },
        annotations: {
          note: "mine",
          "virtualmachinepreset.kubevirt.io/small": "kubevirt.io/v1alpha1",
          [provenanceAnnotation]: '{"spec.domain.resources.requests.memory":"small"}',
        },
      },
      spec: { domain: { cpu: { cores: 2 }, resources: { requests: { memory: "64Mi" } } } },
    });
    expect(applied).toEqual(["small"]);
    expect(overridden).toMatchObject([{ preset: "small", field: "spec.domain.cpu.cores", ours: 2, theirs: 1 }]);
    expect(provenance).toEqual({ "spec.domain.resources.requests.memory": "small" });
  });

  it("of another namespace, or for other labels, are none: the template is as it was", () => {
    expect(applyPresetsToTemplate(template, "other", [small]).template).toBe(template);
    expect(applyPresetsToTemplate({ spec: { domain: {} } }, undefined, [small]).applied).toEqual([]);
  });

  it("treat an owner without a namespace as one of `default`", () => {
    expect(applyPresetsToTemplate(template, undefined, [small]).applied).toEqual(["small"]);
  });

  it("that disagree are a conflict at the path of the template, and nothing is applied", () => {
    const other = buildPreset("other", { resources: { requests: { memory: "1Gi" } } });
    const { conflicts, template: unchanged } = applyPresetsToTemplate(template, "default", [small, other]);
    expect(conflicts.map(({ field }) => field)).toEqual(["spec.template.spec.domain.resources.requests.memory"]);
    expect(unchanged).toBe(template);
  });

  it("are not applied again to the machine that is made from it", () => {
    const { template: merged } = applyPresetsToTemplate(template, "default", [small]);
    const machine = { ...buildVirtualMachine(), metadata: { name: "web-x", ...merged.metadata }, spec: merged.spec };
    expect(applyPresets(machine, [small]).vm).toBe(machine);
  });
});
