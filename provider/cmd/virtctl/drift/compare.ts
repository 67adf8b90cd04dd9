/**
 * Where a live object differs from what was asked for. What controllers add (their labels and annotations, settings of
 * the cluster's presets) is no drift; what a person has added to a spec is.
 */
import { type Difference, differences } from "../../../core/differences";
import { child, isObject, type JsonObject } from "../../../core/json-tree";
import { presetOf, provenanceOf } from "../../../core/presets/provenance";
import { isUserDataPath } from "../../../core/user-data";
import { secretValue } from "./wanted";

export interface Comparison {
  /** `before` is what was asked for, `after` what is live. */
  readonly drift: readonly Difference[];
  /** Fields whose wanted value is a secret. */
  readonly notCompared: readonly string[];
}

export function compareWithLive(wanted: JsonObject, live: JsonObject): Comparison {
  const provenance = provenanceOf(live);
  const found = [
    ...["labels", "annotations"].flatMap((field) => {
      const asked = child(child(wanted, "metadata"), field);
      const there = child(child(live, "metadata"), field);
      return differences(asked ?? {}, there ?? {}, `metadata.${field}`).filter(({ before }) => before !== undefined);
    }),
    ...differences(child(wanted, "spec"), child(live, "spec"), "spec").filter(
      ({ field, before }) => before !== undefined || presetOf(provenance, field) === undefined,
    ),
  ];
  const isSecret = ({ before }: Difference) => before === secretValue;
  return {
    drift: found.filter((one) => !isSecret(one)).map(withoutUserData),
    notCompared: found.filter(isSecret).map(({ field }) => field),
  };
}

export const hiddenText = "[secret]";

function withoutUserData({ field, before, after }: Difference): Difference {
  return { field, before: hidden(field, before), after: hidden(field, after) };
}

function hidden(path: string, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (isUserDataPath(path) || value === secretValue) return hiddenText;
  if (Array.isArray(value)) return value.map((item, index) => hidden(`${path}[${index}]`, item));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hidden(`${path}.${key}`, inner)]));
}
