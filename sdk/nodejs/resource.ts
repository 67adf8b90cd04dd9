/** What all kinds share as resources: the type token, the forwarder, the name, the order of a replacement. */
import * as pulumi from "@pulumi/pulumi";
import { forwarder } from "../../provider/lifecycle/forwarder";
import { nameFor } from "./autonaming";
import { declaredControlPlanes } from "./declaredControlPlanes";
import { faultsElsewhere } from "./faultsElsewhere";
import { isHostedByPlugin } from "./hosting";
import { namedMetadata } from "./inputs";
import { renderTo, secretPathsOf } from "./rendering";
import { noteProgramAlone } from "./stackTrace";
import type * as inputs from "./types/input";

export type Metadata = pulumi.Input<inputs.ObjectMeta> | undefined;

const pluginToken = (kind: string) => `kubevirt:index:${kind}`;
const tokenOf = (kind: string) => (isHostedByPlugin() ? pluginToken(kind) : `pulumi-nodejs:dynamic/kubevirt:${kind}`);

/** The metadata of a resource with the name and the mark that its URN gives. */
export function metadataOf(
  kind: string,
  name: string,
  metadata: Metadata,
  opts: pulumi.CustomResourceOptions | undefined,
): unknown {
  const urn = urnOf(tokenOf(kind), name, opts?.parent);
  return namedMetadata(metadata, { urn, nameFor: (known) => nameFor(kind, name, known) });
}

/** Text where there is no parent to wait for: each Output costs the engine's runtime a tenth of a resource. */
function urnOf(type: string, name: string, parent: pulumi.Resource | undefined): pulumi.Input<string> {
  return parent === undefined
    ? `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}::${type}::${name}`
    : withoutDependencies(pulumi.createUrn(name, type, parent));
}

/**
 * The URN of a child comes from its parent's, and whoever depends on a component depends on all its children: two
 * children whose names come from their URNs would wait for each other.
 */
function withoutDependencies(urn: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.output(new Promise<string>((resolve) => urn.apply(resolve)));
}

/**
 * A resource that the engine hands to Pulumi's dynamic provider, and that one to this package's lifecycle. Kept to the
 * protocol of `pulumi.dynamic.Resource`, whose closure serializer it does without. Where the plugin makes it, the plugin
 * gets it.
 */
export abstract class ForwardedResource extends pulumi.CustomResource {
  constructor(kind: string, name: string, props: pulumi.Inputs, opts: pulumi.CustomResourceOptions) {
    const noteAll = noteProgramAlone(__filename);
    try {
      super(tokenOf(kind), name, isHostedByPlugin() ? props : { ...props, __provider: forwarder(kind) }, opts);
    } catch (error) {
      noteAll();
      // What is wrong with the program is told with its place.
      if (error instanceof Error) Error.captureStackTrace(error);
      throw error;
    } finally {
      noteAll();
    }
  }
}

type Dependencies = NonNullable<pulumi.CustomResourceOptions["dependsOn"]>;

/** The engine's runtime takes lists of lists, to any depth and at any time; its types tell of one. */
function after(first: Dependencies = [], second: Dependencies): Dependencies {
  return [first, second] as pulumi.Input<pulumi.Resource>[];
}

/** An object of one of the kinds. It is made after the control planes of its program, and goes before them. */
export abstract class KubevirtResource extends ForwardedResource {
  constructor(kind: string, name: string, props: pulumi.Inputs, opts: pulumi.CustomResourceOptions | undefined) {
    const places =
      renderTo() === undefined ? {} : { secretPaths: secretPathsOf({ metadata: props.metadata, spec: props.spec }) };
    super(
      kind,
      name,
      { ...props, ...places, faultsElsewhere: faultsElsewhere(kind, name, props) },
      {
        // The old object goes before its replacement comes: a name, an address and a writable disk cannot be held twice.
        deleteBeforeReplace: true,
        ...opts,
        // What `pulumi import` took in, or a program in another language made, is this resource, too.
        aliases: [...(opts?.aliases ?? []), { type: pluginToken(kind) }],
        dependsOn: after(opts?.dependsOn, declaredControlPlanes()),
      },
    );
  }
}
