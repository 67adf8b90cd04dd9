/**
 * Checks what an object's annotation, and its template's, says is to be waited for. Beside the object's own rules: an
 * annotation that nobody here can read says nothing to a cluster, and must not keep a machine from being one.
 */
import type { FieldError } from "../field-error";
import { joinPath } from "../field-path";
import { child, childAt, type IsUnknown, nothingUnknown } from "../json-tree";
import { parseWaitFor, waitForAnnotation } from "../wait-for";

export function faultsOfWaitFor(object: unknown, isUnknown: IsUnknown = nothingUnknown): readonly FieldError[] {
  return [["metadata"], ["spec", "template", "metadata"]].flatMap((place) => {
    const text = child(childAt(object, [...place, "annotations"]), waitForAnnotation);
    if (typeof text !== "string" || isUnknown(text)) return [];
    const field = joinPath(`${place.join(".")}.annotations`, waitForAnnotation);
    return parseWaitFor(text).faults.map((fault): FieldError => ({ type: "FieldValueInvalid", field, ...fault }));
  });
}
