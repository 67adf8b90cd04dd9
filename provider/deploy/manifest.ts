/** A Kubernetes object to be installed, and the marks that every one of them carries. */

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** What a part of the control plane is called in the label `app.kubernetes.io/component`. */
export type Component =
  | "virt-controller"
  | "virt-agent"
  | "namespace"
  | "definitions"
  | "admission"
  | "access"
  | "monitoring";

const product = "pulumi-kubevirt";

/** By these a Deployment knows its pods. */
export function selectorLabels(component: Component): Readonly<Record<string, string>> {
  return { "app.kubernetes.io/name": product, "app.kubernetes.io/component": component };
}

export function labelsOf(component: Component): Readonly<Record<string, string>> {
  return { ...selectorLabels(component), "app.kubernetes.io/managed-by": product };
}

/** On the definitions: tells them from those of another KubeVirt, whose group and names are the same. */
export const installedBy = { "kubevirt.io/installed-by": product } as const;
