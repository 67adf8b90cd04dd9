/** What `pulumi preview --json` prints, as far as it is about machines. Reads the whole of one document, bounded. */

import { kindByName } from "../../../api/v1alpha1/kinds";
import { child, childAt, isObject, items, type JsonObject } from "../../../core/json-tree";

/** What becomes of a resource. */
export type Operation = "create" | "update" | "replace" | "delete" | "import";

export interface PlannedObject {
  readonly kind: string;
  readonly urn: string;
  readonly operation: Operation;
  /** As it was asked for, or found, last; undefined for what is new. Has `metadata` and `spec`. */
  readonly before: JsonObject | undefined;
  /** As it is asked for now; undefined for what goes. */
  readonly after: JsonObject | undefined;
  /** Fields that the provider says differ, also where their values are secrets; empty when it does not say. */
  readonly detailed: readonly string[];
}

export interface Preview {
  readonly objects: readonly PlannedObject[];
  /** How many resources of other kinds change. */
  readonly others: number;
  /** Faults for which the preview stopped. */
  readonly errors: readonly string[];
}

/** The text is not what `pulumi preview --json` prints. */
export class PreviewFormatError extends Error {}

const remedy = "give it the output of: pulumi preview --json";

export function readPreview(text: string): Preview {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new PreviewFormatError(`the input is no JSON (${cause.message}); ${remedy}`, { cause });
  }
  const steps = child(parsed, "steps");
  const errors = items(child(parsed, "diagnostics")).flatMap((one) => {
    const message = child(one, "message");
    return child(one, "severity") === "error" && typeof message === "string" ? [message.trim()] : [];
  });
  // A preview that stops before its first step has none.
  if (!isObject(parsed) || (!Array.isArray(steps) && errors.length === 0)) {
    throw new PreviewFormatError(`the input has no list "steps"; ${remedy}`);
  }
  const objects = new Map<string, PlannedObject>();
  const others = new Set<string>();
  for (const [index, step] of items(steps).entries()) {
    const urn = child(step, "urn");
    const op = child(step, "op");
    if (typeof urn !== "string" || typeof op !== "string") {
      throw new PreviewFormatError(`steps[${index}]: a step has "op" and "urn"; ${remedy}`);
    }
    const operation = operations[op];
    if (operation === undefined) continue;
    const kind = kindOf(child(step, "newState") ?? child(step, "oldState"));
    if (kind === undefined) others.add(urn);
    else objects.set(urn, mergedWith(objects.get(urn), plannedObject({ kind, urn, operation }, step)));
  }
  return { objects: [...objects.values()], others: others.size, errors };
}

/** The engine's words; those that are not here change nothing. */
const operations: Readonly<Record<string, Operation | undefined>> = {
  create: "create",
  update: "update",
  delete: "delete",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
  import: "import",
  "import-replacement": "import",
};

/** By the plugin's type, or by that of dynamic resources. */
const typeOfKind = /^(?:kubevirt:index:|pulumi-nodejs:dynamic\/kubevirt:)([A-Za-z]+)$/;

function kindOf(state: unknown): string | undefined {
  const type = child(state, "type");
  const kind = typeof type === "string" ? typeOfKind.exec(type)?.[1] : undefined;
  return kind !== undefined && kindByName(kind) !== undefined ? kind : undefined;
}

function plannedObject(subject: Pick<PlannedObject, "kind" | "urn" | "operation">, step: unknown): PlannedObject {
  const old = child(step, "oldState");
  // What the provider compares with is what it found last.
  const found = child(old, "outputs");
  const before = isObject(child(found, "metadata")) ? found : child(old, "inputs");
  const after = childAt(step, ["newState", "inputs"]);
  const detailed = child(step, "detailedDiff");
  return {
    ...subject,
    before: subject.operation !== "create" && isObject(before) ? before : undefined,
    after: subject.operation !== "delete" && isObject(after) ? after : undefined,
    detailed: isObject(detailed) ? Object.keys(detailed) : [],
  };
}

/** A replacement may be told in several steps, each of which knows a part. */
function mergedWith(earlier: PlannedObject | undefined, later: PlannedObject): PlannedObject {
  if (earlier === undefined) return later;
  return {
    ...later,
    operation: "replace",
    before: earlier.before ?? later.before,
    after: later.after ?? earlier.after,
    detailed: [...new Set([...earlier.detailed, ...later.detailed])],
  };
}
