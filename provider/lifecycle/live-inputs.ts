/** What a program would have to say to get an object that is there: for imports. */
import { nodeNameLabel } from "../core/plan/machine-marks";
import { claimAnnotation } from "./existing";
import { type Fields, stringMap, urnAnnotation } from "./inputs";
import type { LiveObject } from "./outputs";

/** Marks of whoever runs or made the object; they are not what anybody asks for. */
const othersLabels = new Set([nodeNameLabel]);
const othersAnnotations = new Set([urnAnnotation, claimAnnotation, "kubectl.kubernetes.io/last-applied-configuration"]);

export function inputsOf({ metadata, spec }: LiveObject): Fields {
  const labels = without(metadata.labels, othersLabels);
  const annotations = without(metadata.annotations, othersAnnotations);
  return {
    metadata: {
      name: metadata.name,
      namespace: metadata.namespace,
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec,
  };
}

function without(map: unknown, keys: ReadonlySet<string>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(stringMap(map)).filter(([key]) => !keys.has(key)));
}
