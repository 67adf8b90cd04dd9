import { PolicyPack, type ResourceValidationPolicy } from "@pulumi/policy";
import { imagesHaveDigests, limitsAreSet, presetsSelect, type Rule, registriesAreAllowed } from "./rules";

function policy(name: string, description: string, rule: Rule): ResourceValidationPolicy {
  return {
    name,
    description,
    enforcementLevel: "mandatory",
    validateResource: ({ type, props }, report) => {
      for (const fault of rule(type, props)) report(fault);
    },
  };
}

new PolicyPack("kubevirt", {
  policies: [
    policy("limits", "Machines have limits of memory and processor time.", limitsAreSet),
    policy("preset-selector", "No preset is for every machine.", presetsSelect),
    policy("image-digest", "Disks from registries are named by their digest.", imagesHaveDigests),
    {
      name: "image-registry",
      description: "Disks come from the registries that the pack's configuration allows.",
      enforcementLevel: "mandatory",
      configSchema: { properties: { registries: { type: "array", items: { type: "string" }, default: [] } } },
      validateResource: ({ type, props, getConfig }, report) => {
        const { registries = [] } = getConfig<{ registries?: string[] }>();
        for (const fault of registriesAreAllowed(registries)(type, props)) report(fault);
      },
    },
  ],
});
