/** What a resource's URN says of it: `urn:pulumi:STACK::PROJECT::PARENTS$TYPE::NAME`. */
import { kindByName, kinds } from "../api/v1alpha1/kinds";
import { UnknownNameError } from "./failures";

const typePrefix = "kubevirt:index:";

export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** The resource's type without its package; empty for other packages'. */
export function typeNameOf(urn: string): string {
  const type = typeOf(urn);
  return type.startsWith(typePrefix) ? type.slice(typePrefix.length) : "";
}

const typeOf = (urn: string) => urn.split("::")[2]?.split("$").at(-1) ?? "";

/** The kind of the resource's object. Throws UnknownNameError for other types. */
export function kindOf(urn: string): string {
  const kind = typeNameOf(urn);
  if (kindByName(kind) === undefined) {
    const known = kinds.map((one) => `${typePrefix}${one.kind}`).join(", ");
    throw new UnknownNameError(
      `${JSON.stringify(typeOf(urn))} is no type of resource that this provider has (it has: ${known})`,
    );
  }
  return kind;
}
