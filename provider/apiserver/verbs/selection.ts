/** Which objects a list, watch or collection delete is about: its label and field selectors as one predicate. */
import type { ResourceRequest } from "../context";
import { namesExactly, type Predicate, parseFieldSelector, parseLabelSelector } from "../selectors";
import { badRequest } from "../status";

export interface Selection {
  readonly selects: Predicate;
  /** Whether everything is selected, so that counts of the store hold for the answer too. */
  readonly everything: boolean;
}

/** @throws ApiError 400 */
export function parseSelection({ query, definition, name }: ResourceRequest): Selection {
  const labels = query.get("labelSelector") ?? "";
  const fields = query.get("fieldSelector") ?? "";
  const byLabels = parseLabelSelector(labels);
  const byFields = parseFieldSelector(fields, definition);
  if (name !== undefined && fields !== "" && !namesExactly(fields, name)) {
    throw badRequest(`fieldSelector metadata.name doesn't match requested name ${JSON.stringify(name)}`);
  }
  return {
    selects: (object) => byLabels(object) && byFields(object) && (name === undefined || object.metadata.name === name),
    everything: labels === "" && fields === "" && name === undefined,
  };
}
