/** Where two normalised transcripts differ, place by place. */
import { isDeepStrictEqual } from "node:util";
import { isRecord } from "../../../../provider/apiserver/object";

export interface Divergence {
  readonly area: string;
  readonly case: string;
  /** What was being done. */
  readonly step: string;
  /** Within what came of it, such as `body.metadata.labels.size`. */
  readonly path: string;
  /** Undefined where there is nothing. */
  readonly local: unknown;
  readonly kubernetes: unknown;
}

export interface Place {
  readonly path: string;
  readonly local: unknown;
  readonly kubernetes: unknown;
}

/** Lists of different lengths are one difference, since what follows a missing element is not wrong. */
export function differences(local: unknown, kubernetes: unknown, path = ""): readonly Place[] {
  if (isDeepStrictEqual(local, kubernetes)) return [];
  // Each server counts the faults of an object in its own way.
  if (path.endsWith(".causes")) return [{ path, local, kubernetes }];
  if (isRecord(local) && isRecord(kubernetes)) {
    const keys = new Set([...Object.keys(local), ...Object.keys(kubernetes)]);
    return [...keys].flatMap((key) => differences(local[key], kubernetes[key], path === "" ? key : `${path}.${key}`));
  }
  if (Array.isArray(local) && Array.isArray(kubernetes) && local.length === kubernetes.length) {
    return local.flatMap((each: unknown, index) => differences(each, kubernetes[index], `${path}[${index}]`));
  }
  return [{ path, local, kubernetes }];
}

export function printDivergence({ step, path, local, kubernetes }: Divergence): string {
  const show = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value).slice(0, 1500));
  return `${step}: ${path}\n  local      ${show(local)}\n  kubernetes ${show(kubernetes)}`;
}
