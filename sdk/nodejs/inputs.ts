/**
 * What the SDK adds to a program's arguments before the engine sees them: a name made from the resource's URN, the mark
 * of that URN, and secrecy for user data. Outputs nested anywhere stay where they are, so that one unknown leaf does not
 * make a whole preview unknown.
 */
import * as pulumi from "@pulumi/pulumi";
import { userDataFields } from "../../provider/lifecycle/user-data-fields";
import type * as inputs from "./types/input";

/** The same names as in provider/lifecycle/inputs.ts, which this file must not load. */
const urnAnnotation = "kubevirt.io/pulumi-urn";
const autonamedAnnotation = "pulumi.com/autonamed";

type Shape = Readonly<Record<string, unknown>>;

export const isLazy = (value: unknown): value is Promise<unknown> | pulumi.OutputInstance<unknown> =>
  value instanceof Promise || pulumi.Output.isInstance(value);

/** Applies `change` to a value that may be an Output or a Promise. */
function mapInput(value: unknown, change: (known: unknown) => unknown): unknown {
  if (!isLazy(value)) return change(value);
  // Output<unknown> is `never` to the compiler, since it lifts the fields of what it holds.
  const lifted: pulumi.OutputInstance<unknown> = pulumi.output(value);
  return lifted.apply(change);
}

export const isShape = (value: unknown): value is Shape =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Applies `change` to one field of an object that may be lazy; an absent field stays absent. */
export function mapField(value: unknown, field: string, change: (known: unknown) => unknown): unknown {
  return mapInput(value, (object) =>
    isShape(object) && object[field] !== undefined ? { ...object, [field]: mapInput(object[field], change) } : object,
  );
}

/** The resource that metadata is for. */
export interface NamedAfter {
  readonly urn: pulumi.Input<string>;
  /** The object's name where the program gives none, by the URN; undefined where there is to be none. */
  readonly nameFor: (urn: string) => string | undefined;
}

/** The metadata argument with a name and the URN's mark, and a note when the name is not the program's. */
export function namedMetadata(metadata: pulumi.Input<inputs.ObjectMeta> | undefined, resource: NamedAfter): unknown {
  return mapInput(metadata ?? {}, (given) => {
    const known = isShape(given) ? given : {};
    return {
      ...known,
      name: known.name ?? mapInput(resource.urn, (urn) => resource.nameFor(String(urn))),
      annotations: mapInput(known.annotations ?? {}, (annotations) => ({
        ...(isShape(annotations) ? annotations : {}),
        ...(known.name === undefined ? { [autonamedAnnotation]: "true" } : {}),
        [urnAnnotation]: resource.urn,
      })),
    };
  });
}

/** The spec argument with every volume's user data marked as a secret. */
export function withSecretUserData(spec: pulumi.Input<inputs.VirtualMachineSpec>): unknown {
  return withSecretVolumes(spec);
}

/** The same for a spec that has the machine in its template. */
export function withSecretTemplateData(
  spec: pulumi.Input<inputs.OfflineVirtualMachineSpec> | pulumi.Input<inputs.VirtualMachineReplicaSetSpec>,
): unknown {
  return mapField(spec, "template", (template) => mapField(template, "spec", withSecretVolumes));
}

function withSecretVolumes(spec: unknown): unknown {
  const secret = (value: unknown) => pulumi.secret(value);
  const secretSource = (source: unknown) =>
    userDataFields.reduce((marked, field) => mapField(marked, field, secret), source);
  return mapField(spec, "volumes", (volumes) =>
    Array.isArray(volumes) ? volumes.map((volume) => mapField(volume, "cloudInitNoCloud", secretSource)) : volumes,
  );
}
