/**
 * Secrets in objects that are written to files. User data is what the API can take from a Secret: it becomes a reference.
 * Whatever else the program marks as a secret has no place in a file, and is refused.
 */
import { kindByName } from "../../api/v1alpha1/kinds";
import { userDataSecretKey } from "../../core/cloud-init";
import type { FieldError } from "../../core/field-error";
import { formatPath, type PathSegment } from "../../core/field-path";
import { child, childAt, isObject, items } from "../../core/json-tree";
import { hasUserData } from "../../core/user-data";
import { type Fields, isFields, metadataOf } from "../inputs";
import type { NeededSecret } from "./secret-notes";

export interface WithReferences {
  readonly object: Fields;
  readonly secrets: readonly NeededSecret[];
}

/** The object with a reference in the place of each volume's user data. */
export function withSecretReferences(object: Fields): WithReferences {
  const secrets: NeededSecret[] = [];
  const { namespace, name } = metadataOf(object);
  const refer = (volume: unknown): unknown => {
    if (!isObject(volume) || !hasUserData(volume)) return volume;
    const secret = secretName(object, String(name), String(child(volume, "name")));
    const content = `the user data of volume ${String(child(volume, "name"))} of ${String(object.kind)} ${String(name)}`;
    secrets.push({ namespace: String(namespace), name: secret, key: userDataSecretKey, content });
    return { ...volume, cloudInitNoCloud: { secretRef: { name: secret } } };
  };
  const machine = (spec: unknown): unknown =>
    isFields(spec) && Array.isArray(spec.volumes) ? { ...spec, volumes: spec.volumes.map(refer) } : spec;
  const { spec } = object;
  const template = child(spec, "template");
  const referring =
    isFields(spec) && isFields(template)
      ? { ...spec, template: { ...template, spec: machine(template.spec) } }
      : machine(spec);
  return { object: { ...object, spec: referring }, secrets };
}

/** No two machines share one: a volume's name has no dots, and kinds have different beginnings. */
function secretName(object: Fields, name: string, volume: string): string {
  return `${kindByName(String(object.kind))?.shortNames[0] ?? "vm"}-${name}.${volume}`;
}

/** Faults for the secrets of an object that would be written as they are. `paths` are from its root, as the SDK tells them. */
export function faultsOfSecrets(object: Fields, paths: unknown): readonly FieldError[] {
  return items(paths).flatMap((path): FieldError[] => {
    const segments = items(path).filter(isSegment);
    if (isReplaced(object, segments)) return [];
    return [
      {
        type: "FieldValueForbidden",
        field: formatPath(segments),
        detail:
          "is a secret, and would be written to a file in plain text; only user data can be taken from a Secret (userData, userDataBase64). Use pulumi.unsecret if it is none, or name a Secret with secretRef or imagePullSecret",
      },
    ];
  });
}

const isSegment = (value: unknown): value is PathSegment => typeof value === "string" || typeof value === "number";

/** Whether the value is in a cloud-init source that a reference takes the place of as a whole. */
function isReplaced(object: Fields, segments: readonly PathSegment[]): boolean {
  const own = segments[1] === "template" ? segments.slice(3) : segments.slice(1);
  const spec = segments[1] === "template" ? childAt(object, ["spec", "template", "spec"]) : object.spec;
  const [volumes, index, source] = own;
  if (volumes !== "volumes" || typeof index !== "number" || source !== "cloudInitNoCloud") return false;
  return hasUserData(items(child(spec, "volumes"))[index]);
}
