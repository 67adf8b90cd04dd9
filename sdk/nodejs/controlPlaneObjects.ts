/** Makes the objects of a control plane with @pulumi/kubernetes, which is loaded by programs that have one only. */
import * as pulumi from "@pulumi/pulumi";
import type { Manifest } from "../../provider/deploy";
import { isHostedByPlugin } from "./hosting";

export type Kubernetes = typeof import("@pulumi/kubernetes");

export interface ObjectDescription {
  /** Kinds, names and fields as they are without any option. */
  readonly outline: readonly Manifest[];
  /** The same objects, in the same order. */
  readonly objects: pulumi.Output<readonly Manifest[]>;
}

export interface ObjectOptions {
  /** Of the component: children are called after it. */
  readonly name: string;
  readonly parent: pulumi.Resource;
  readonly provider: pulumi.ProviderResource | undefined;
  readonly keepDefinitions: boolean;
  readonly adoptDefinitions: boolean;
  /** What is made before any of them, and removed after all. */
  readonly after: readonly pulumi.Resource[];
}

type ObjectClass = new (name: string, args: object, opts: pulumi.CustomResourceOptions) => pulumi.CustomResource;

/** Kind → its class. Every kind that a control plane has is here. */
function classOf({ kind }: Manifest, kubernetes: Kubernetes): ObjectClass {
  const { core, apps, rbac, policy, apiextensions, admissionregistration } = kubernetes;
  const classes: Readonly<Record<string, unknown>> = {
    Namespace: core.v1.Namespace,
    ServiceAccount: core.v1.ServiceAccount,
    ConfigMap: core.v1.ConfigMap,
    Service: core.v1.Service,
    CustomResourceDefinition: apiextensions.v1.CustomResourceDefinition,
    ValidatingAdmissionPolicy: admissionregistration.v1.ValidatingAdmissionPolicy,
    ValidatingAdmissionPolicyBinding: admissionregistration.v1.ValidatingAdmissionPolicyBinding,
    ClusterRole: rbac.v1.ClusterRole,
    ClusterRoleBinding: rbac.v1.ClusterRoleBinding,
    Role: rbac.v1.Role,
    RoleBinding: rbac.v1.RoleBinding,
    PodDisruptionBudget: policy.v1.PodDisruptionBudget,
    Deployment: apps.v1.Deployment,
    DaemonSet: apps.v1.DaemonSet,
  };
  const found = classes[kind];
  if (found === undefined) throw new Error(`no class of @pulumi/kubernetes is known for ${kind}`);
  return found as ObjectClass;
}

/** Throws a ResourceError with the remedy when the package is not installed. */
export function loadKubernetes(component: pulumi.Resource): Kubernetes {
  try {
    return require("@pulumi/kubernetes") as Kubernetes;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND")) throw error;
    const where = isHostedByPlugin()
      ? "is not installed beside the plugin; where you ran npm install pulumi-kubevirt, with or without --global,"
      : "is not installed;";
    throw new pulumi.ResourceError(
      `kubevirt.ControlPlane makes its objects with @pulumi/kubernetes, which ${where} run: npm install @pulumi/kubernetes@4.34.2`,
      component,
      true,
    );
  }
}

/** One resource for each object; later ones wait for those that they need. */
export function makeObjects(
  kubernetes: Kubernetes,
  { outline, objects }: ObjectDescription,
  options: ObjectOptions,
): pulumi.Resource[] {
  const made: Made[] = [];
  for (const [index, manifest] of outline.entries()) {
    const { apiVersion: _version, kind, ...fields } = manifest;
    const args = Object.fromEntries(
      Object.keys(fields).map((field) => [field, objects.apply((list) => list[index]?.[field])]),
    );
    const isDefinition = kind === "CustomResourceDefinition";
    const notes = {
      ...(selfEvident.includes(kind) ? { "pulumi.com/skipAwait": "true" } : {}),
      // Takes fields over from whoever manages them now.
      ...(isDefinition && options.adoptDefinitions ? { "pulumi.com/patchForce": "true" } : {}),
    };
    const Class = classOf(manifest, kubernetes);
    const resource = new Class(
      childName(manifest, options.name),
      Object.keys(notes).length === 0 ? args : annotated(args, notes),
      {
        parent: options.parent,
        ...(options.provider === undefined ? {} : { provider: options.provider }),
        ...(isDefinition && options.keepDefinitions ? { retainOnDelete: true } : {}),
        dependsOn: [
          ...options.after,
          ...made.filter((earlier) => needs(manifest, earlier.manifest)).map((earlier) => earlier.resource),
        ],
      },
    );
    made.push({ manifest, resource });
  }
  return made.map(({ resource }) => resource);
}

interface Made {
  readonly manifest: Manifest;
  readonly resource: pulumi.Resource;
}

const programs = ["Deployment", "DaemonSet"];

/**
 * Kinds that are there when they are made; that everything works is seen by the guard. Old releases of the plugin wait for
 * a secret of an account, which API servers make no more, and ten seconds for a service.
 */
const selfEvident = ["ServiceAccount", "Service"];

/** Of two objects, of which `earlier` is the one that is listed first. */
function needs({ kind, metadata }: Manifest, earlier: Manifest): boolean {
  // Programs come when everything else is there; what leads to them comes when they run.
  if (programs.includes(kind)) return !programs.includes(earlier.kind);
  if (kind === "Service") return true;
  if (kind.endsWith("Binding") && earlier.metadata.name === metadata.name) return true;
  if (kind.endsWith("RoleBinding") && earlier.kind === "ServiceAccount") return true;
  return earlier.kind === "Namespace" && metadata.namespace === earlier.metadata.name;
}

/** The same whatever the options are. */
function childName({ kind, metadata }: Manifest, prefix: string): string {
  if (kind === "Namespace") return `${prefix}-namespace`;
  const place = metadata.namespace === "kube-node-lease" ? `${metadata.namespace}/` : "";
  return `${prefix}-${place}${metadata.name.replaceAll(":", "-")}`;
}

/** With annotations that are for Pulumi's plugin. */
function annotated(
  { metadata, ...others }: Readonly<Record<string, pulumi.Output<unknown>>>,
  notes: Readonly<Record<string, string>>,
): object {
  const noted = metadata?.apply((known) => {
    const { annotations, ...rest } = known as Manifest["metadata"];
    return { ...rest, annotations: { ...annotations, ...notes } };
  });
  return { ...others, metadata: noted };
}
