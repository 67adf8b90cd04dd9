/** The control plane of a Kubernetes cluster as one component: what `virtctl manifests` prints, made by a program. */
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { clusterOf } from "./controlPlaneCluster";
import { loadKubernetes, makeObjects, type ObjectDescription } from "./controlPlaneObjects";
import { declareControlPlane } from "./declaredControlPlanes";
import { valueIfKnown } from "./known";
import { renderTo, secretPathsOf } from "./rendering";
import { ForwardedResource } from "./resource";
import type * as inputs from "./types/input";

export interface ControlPlaneArgs extends inputs.ControlPlane {
  /**
   * Whether the definitions, and with them all machines, stay when the control plane is destroyed. Without it, every
   * machine of the cluster is removed then, also those that other programs and people have made. Default: false.
   */
  readonly keepDefinitions?: boolean;
  /** Whether definitions of the same names that another KubeVirt has installed are taken over. Default: false. */
  readonly adoptDefinitions?: boolean;
}

/**
 * Everything that a Kubernetes cluster needs to run virtual machines: the definitions of the kinds, the controller and
 * its roles, and an agent on each node. Where the cluster has another KubeVirt already, a preview says so, and nothing is
 * changed.
 *
 * Machines of the same program are made when it runs, and removed before it is; no `dependsOn` is needed for that. It is
 * installed on the cluster of the Kubernetes `provider` in its options; without one where the machines go, which is the
 * cluster of the stack config `kubevirt:kubeconfig` and `kubevirt:context`; and where that is not set, on the one that
 * @pulumi/kubernetes takes by itself. Needs that package.
 *
 * A stack with `kubevirt:renderTo` writes the objects to that folder, and installs nothing; `ready` is false then.
 */
export class ControlPlane extends pulumi.ComponentResource<Installed> {
  /** Namespace of the control plane. */
  public readonly namespace: pulumi.Output<string>;
  /** Tag of the images that run. */
  public readonly version: pulumi.Output<string>;
  /** True once everything is installed and runs. */
  public readonly ready: pulumi.Output<boolean>;

  constructor(name: string, args: ControlPlaneArgs, opts?: pulumi.ComponentResourceOptions) {
    super("kubevirt:index:ControlPlane", name, args as unknown as pulumi.Inputs, opts);
    declareControlPlane(this);
    // One by one: what a preview does not know yet leaves the rest known.
    this.namespace = pulumi.output(this.getData().then(({ namespace }) => namespace));
    this.version = pulumi.output(this.getData().then(({ version }) => version));
    this.ready = pulumi.output(this.getData().then(({ ready }) => ready));
  }

  protected override async initialize(
    args: pulumi.Inputs,
    _opts?: pulumi.ComponentResourceOptions,
    name?: string,
  ): Promise<Installed> {
    const installed = await install(this, name ?? "", args as unknown as ControlPlaneArgs);
    this.registerOutputs({ ...installed });
    return installed;
  }
}

/** What the component has when its objects are declared. */
export interface Installed {
  readonly namespace: pulumi.Output<string>;
  readonly version: pulumi.Output<string>;
  readonly ready: pulumi.Output<boolean>;
}

/** Nothing is installed: the objects are written where the machines are, as `virtctl manifests` writes them. */
async function writeToFolder(
  component: pulumi.Resource,
  name: string,
  props: { readonly options: inputs.ControlPlane; readonly release: string; readonly keepDefinitions: boolean },
): Promise<Installed> {
  const { options, release } = props;
  await describeObjects(component, options, release);
  const [secret] = await secretPathsOf(options);
  if (secret !== undefined) {
    throw new pulumi.ResourceError(
      `the arguments of the control plane are refused: ${secret.join(".") || "all of them"}: is a secret, and kubevirt:renderTo would write it to a file in plain text; use pulumi.unsecret if it is none`,
      component,
      true,
    );
  }
  new ControlPlaneManifests(`${name}-manifests`, { ...props }, { parent: component });
  const version = pulumi.output(options.image).apply(({ tag }) => tag ?? release);
  return { namespace: pulumi.output(options.namespace ?? "kubevirt"), version, ready: pulumi.output(false) };
}

/** Fails before anything is declared when the arguments are wrong or the cluster has another KubeVirt. */
async function install(component: pulumi.Resource, name: string, args: ControlPlaneArgs): Promise<Installed> {
  const { keepDefinitions = false, adoptDefinitions = false, ...options } = args;
  const release = ownRelease();
  if (renderTo() !== undefined) return writeToFolder(component, name, { options, release, keepDefinitions });
  const kubernetes = loadKubernetes(component);
  const described = await describeObjects(component, options, release);
  const cluster = clusterOf(component, name, kubernetes);
  await cluster.refuseOtherKubevirt({ adopt: adoptDefinitions });

  const { provider, guardSettings } = cluster;
  const marks = new ControlPlaneNodeMarks(`${name}-node-marks`, { ...guardSettings }, { parent: component });
  const resources = makeObjects(kubernetes, described, {
    name,
    after: [marks],
    parent: component,
    provider,
    keepDefinitions,
    adoptDefinitions,
  });
  const namespace = pulumi.output(options.namespace ?? "kubevirt");
  const guard = new ControlPlaneGuard(
    `${name}-guard`,
    { ...guardSettings, namespace, keepDefinitions, specs: described.objects.apply(digest) },
    { parent: component, dependsOn: resources },
  );
  const version = pulumi.output(options.image).apply(({ tag }) => tag ?? release);
  return { namespace, version, ready: guard.id.apply(() => true) };
}

/** The first to be made and the last to be removed: see provider/lifecycle/control-plane/node-marks.ts. */
class ControlPlaneNodeMarks extends ForwardedResource {
  constructor(name: string, props: pulumi.Inputs, opts: pulumi.CustomResourceOptions) {
    super("ControlPlaneNodeMarks", name, { ...props, clusterUid: undefined }, opts);
  }
}

/** The last to be made and the first to be removed: see provider/lifecycle/control-plane/guard.ts. */
class ControlPlaneGuard extends ForwardedResource {
  constructor(name: string, props: pulumi.Inputs, opts: pulumi.CustomResourceOptions) {
    super("ControlPlaneGuard", name, props, opts);
  }
}

/** All objects as files: see provider/lifecycle/render/control-plane.ts. */
class ControlPlaneManifests extends ForwardedResource {
  constructor(name: string, props: pulumi.Inputs, opts: pulumi.CustomResourceOptions) {
    super("ControlPlaneManifests", name, props, opts);
  }
}

/** The objects, and which there are even where a preview does not know what is in them. */
async function describeObjects(
  component: pulumi.Resource,
  options: inputs.ControlPlane,
  release: string,
): Promise<ObjectDescription> {
  const { ControlPlaneOptionsError, controlPlaneManifests } = await import("../../provider/deploy/index.js");
  const manifests = (settings: Parameters<typeof controlPlaneManifests>[0]) => {
    try {
      return controlPlaneManifests(settings, release);
    } catch (error) {
      if (!(error instanceof ControlPlaneOptionsError)) throw error;
      const lines = error.faults.length > 1 ? `:\n${error.message.replace(/^/gm, "  ")}` : `: ${error.message}`;
      throw new pulumi.ResourceError(`the arguments of the control plane are refused${lines}`, component, true);
    }
  };
  const certificates = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----";
  const outline = manifests({
    image: { registry: "registry" },
    ...(options.registryCa === undefined ? {} : { registryCa: certificates }),
  });
  const settings: pulumi.OutputInstance<unknown> = pulumi.output<unknown>(options);
  const objects = settings.apply((known) => manifests(known as Parameters<typeof controlPlaneManifests>[0]));
  await valueIfKnown(objects);
  return { outline, objects };
}

/** Changes when what must run does. */
function digest(objects: readonly object[]): string {
  return createHash("sha256").update(JSON.stringify(objects)).digest("hex");
}

function ownRelease(): string {
  const manifest: unknown = require("pulumi-kubevirt/package.json");
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "";
}
