/** The machine that a template says, as it is sent to the API: its owner's namespace, the template's labels and spec. */
import type { ObjectMeta } from "../../api/meta";
import { apiVersion } from "../../api/v1alpha1/group";
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import type { VirtualMachineTemplateSpec } from "../../api/v1alpha1/virtual-machine-template";
import { controllerReference } from "./ownership";

interface TemplateOwner {
  readonly kind: string;
  readonly metadata: Pick<ObjectMeta, "name" | "namespace" | "uid">;
}

export type MachineName = { readonly name: string } | { readonly generateName: string };

export function machineOfTemplate(
  owner: TemplateOwner,
  template: VirtualMachineTemplateSpec,
  name: MachineName,
): VirtualMachine {
  const { labels, annotations } = template.metadata ?? {};
  const { namespace } = owner.metadata;
  return {
    apiVersion,
    kind: "VirtualMachine",
    metadata: {
      ...name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [controllerReference(owner)],
    },
    spec: template.spec,
  };
}
