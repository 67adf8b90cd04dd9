/**
 * The machine that a template says, as it is sent to the API: its owner's namespace, the template's labels and spec, and what
 * its owner wants to know of its guest.
 */
import type { ObjectMeta } from "../../api/meta";
import { apiVersion } from "../../api/v1alpha1/group";
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import type { VirtualMachineTemplateSpec } from "../../api/v1alpha1/virtual-machine-template";
import { formatGuestWaits, guestWaitsOf, waitForAnnotation } from "../wait-for";
import { controllerReference } from "./ownership";

interface TemplateOwner {
  readonly kind: string;
  readonly metadata: Pick<ObjectMeta, "name" | "namespace" | "uid" | "annotations">;
}

export type MachineName = { readonly name: string } | { readonly generateName: string };

export function machineOfTemplate(
  owner: TemplateOwner,
  template: VirtualMachineTemplateSpec,
  name: MachineName,
): VirtualMachine {
  const { labels } = template.metadata ?? {};
  const annotations = annotationsOf(owner, template);
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

/** The template's; and what the owner's annotation wants to know of its guests is looked at machine by machine. */
function annotationsOf({ metadata }: TemplateOwner, template: VirtualMachineTemplateSpec): ObjectMeta["annotations"] {
  const own = template.metadata?.annotations;
  const asked = guestWaitsOf(metadata);
  if (asked.length === 0) return own;
  const text = formatGuestWaits([...guestWaitsOf(template.metadata ?? {}), ...asked]);
  return text === undefined ? own : { ...own, [waitForAnnotation]: text };
}
