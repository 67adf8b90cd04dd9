/** The machine's identity → `<name>` and `<metadata>`. */
import type { ObjectMeta } from "../../api/meta";
import type { Domain } from "../domain-xml/domain";
import type { FieldError } from "../field-error";
import type { Section } from "./section";

/** The domain's name. Neither part can hold an underscore, so it can be taken apart again. */
export function domainName(namespace: string, name: string): string {
  return `${namespace}_${name}`;
}

export function convertOwnership(
  metadata: ObjectMeta,
  clusterUid: string,
  gracePeriodSeconds: number,
): Section<Pick<Domain, "name" | "metadata">> {
  const { name = "", namespace = "default", uid = "" } = metadata;
  const errors: FieldError[] = [];
  const required = (field: string) =>
    errors.push({ type: "FieldValueRequired", field, detail: "must be given: the object comes from an API server" });
  if (name === "") required("metadata.name");
  if (uid === "") required("metadata.uid");
  return {
    value: {
      name: domainName(namespace, name),
      metadata: { kubevirt: { uid, namespace, name, clusterUid, gracePeriodSeconds } },
    },
    errors,
  };
}
