/** The components that the plugin makes for programs in other languages, by their type tokens. */
import * as pulumi from "@pulumi/pulumi";
import { ControlPlane, type ControlPlaneArgs } from "./controlPlane";
import { isLazy } from "./inputs";

/** A component that was made, as the engine wants it. */
export interface Constructed {
  readonly urn: pulumi.Input<pulumi.URN>;
  readonly state: pulumi.Inputs;
}

type Construct = (name: string, inputs: pulumi.Inputs, options: pulumi.ComponentResourceOptions) => Constructed;

const components: Readonly<Record<string, Construct>> = {
  "kubevirt:index:ControlPlane": (name, inputs, options) => {
    const { urn, namespace, version, ready } = new ControlPlane(name, controlPlaneArgs(inputs), options);
    return { urn, state: { namespace, version, ready } };
  },
};

/** Throws a ResourceError for other types. */
export function constructComponent(
  name: string,
  type: string,
  inputs: pulumi.Inputs,
  options: pulumi.ComponentResourceOptions,
): Constructed {
  const construct = components[type];
  if (construct === undefined) {
    const known = Object.keys(components).join(", ");
    const text = `${JSON.stringify(type)} is no component of this provider (it has: ${known})`;
    throw new pulumi.ResourceError(text, undefined, true);
  }
  return construct(name, inputs, options);
}

/** The switches decide which resources there are, so a program has to say them itself. */
const switches = ["keepDefinitions", "adoptDefinitions"];

function controlPlaneArgs(inputs: pulumi.Inputs): ControlPlaneArgs {
  for (const name of switches) {
    const value: unknown = inputs[name];
    if (value === undefined || value === null || typeof value === "boolean") continue;
    const text = isLazy(value)
      ? "comes from another resource; write true or false"
      : `must be true or false: ${JSON.stringify(value)}`;
    throw new pulumi.ResourceError(`the arguments of the control plane are refused: ${name}: ${text}`, undefined, true);
  }
  return inputs as unknown as ControlPlaneArgs;
}
