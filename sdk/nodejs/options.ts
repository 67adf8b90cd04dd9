/** Resource options and URNs that all kinds share. */
import * as pulumi from "@pulumi/pulumi";

/** The old object goes before its replacement comes: a name, an address and a writable disk cannot be held twice. */
export function resourceOptions(opts: pulumi.CustomResourceOptions | undefined): pulumi.CustomResourceOptions {
  return { deleteBeforeReplace: true, ...opts };
}

/** The URN that the resource will have. */
export function urnOf(
  name: string,
  type: string,
  opts: pulumi.CustomResourceOptions | undefined,
): pulumi.Output<string> {
  return pulumi.createUrn(name, `pulumi-nodejs:dynamic/kubevirt:${type}`, opts?.parent);
}
