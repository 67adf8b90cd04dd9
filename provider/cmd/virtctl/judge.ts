/**
 * What is to be said of each object of a manifest: its own faults, those it has beside the others (the same object
 * twice), and those that it has once the manifest's presets are in it.
 */
import { group, kindByName, kinds, apiVersion as ownApiVersion } from "../../api/v1alpha1/kinds";
import { type FieldError, quoteValue } from "../../core/field-error";
import { formatPath } from "../../core/field-path";
import { child, childAt, type JsonObject } from "../../core/json-tree";
import { type WithPresets, withPresets } from "../../core/presets/object";
import { validateObject } from "../../core/validation";
import { nearestName } from "../../core/validation/did-you-mean";
import { faultsOfWaitFor } from "../../core/validation/wait-for";
import { formatPlace, type ManifestObject } from "../../manifest";
import { isPreset } from "./effective";

export interface Judgement {
  readonly source: ManifestObject;
  /** Whether it is one of this project's kinds, well spelled or not. */
  readonly ours: boolean;
  readonly errors: readonly FieldError[];
  readonly warnings: readonly FieldError[];
  /** The object with the manifest's presets; undefined when it has faults of its own, or none concerns it. */
  readonly merged: WithPresets | undefined;
}

export function judge(sources: readonly ManifestObject[]): readonly Judgement[] {
  const seen = new Map<string, ManifestObject>();
  const own = sources.map((source) => {
    const ours = isOurs(source.object);
    const { errors, warnings } = ours ? judgeOwn(source.object) : judgeForeign(source.object);
    const twin = twinOf(source, seen);
    const notes = source.notes.map(({ path, detail }) => warning(formatPath(path), undefined, detail));
    return { source, ours, errors: twin === undefined ? errors : [...errors, twin], warnings: [...notes, ...warnings] };
  });
  const presets = own.flatMap(({ source, ours, errors }) =>
    ours && errors.length === 0 && isPreset(source.object) ? [source.object] : [],
  );
  return own.map((judgement) => {
    const { source, ours, errors } = judgement;
    return {
      ...judgement,
      merged: ours && errors.length === 0 ? withPresets(source.object, presets) : undefined,
    };
  });
}

/** Warnings about the object, with its presets where it has any: a preset may give what the object itself lacks. */
export function warningsOf({ source, warnings, merged }: Judgement): readonly FieldError[] {
  if (merged === undefined || merged.faults.length > 0) return warnings;
  return [...warnings.slice(0, source.notes.length), ...merged.warnings];
}

/**
 * An object is for this project to judge when its group is ours, or may have been meant to be, or when it has one of
 * our kinds and no group at all. A kind of ours in another group is another's.
 */
function isOurs(object: JsonObject): boolean {
  const apiVersion = child(object, "apiVersion");
  const kind = child(object, "kind");
  if (typeof kind !== "string") return true;
  const known =
    kindByName(kind) !== undefined ||
    isSlip(
      kind,
      kinds.map((definition) => definition.kind),
    );
  if (typeof apiVersion !== "string") return known;
  const [name = "", version] = apiVersion.split("/");
  const meant = version === undefined || !name.includes(".") || (isSlip(name, [group]) && !name.endsWith(`.${group}`));
  return name === group || (known && meant);
}

function isSlip(given: string, known: readonly string[]): boolean {
  return nearestName(given, known) !== undefined;
}

function judgeOwn(object: JsonObject): ReturnType<typeof judgeForeign> {
  const { errors, warnings } = validateObject(object);
  return { errors: [...errors, ...faultsOfWaitFor(object)], warnings };
}

function judgeForeign(object: JsonObject): { errors: readonly FieldError[]; warnings: readonly FieldError[] } {
  const missing = (field: string, what: string): FieldError => ({
    type: "FieldValueRequired",
    field,
    detail: `must be given: ${what}`,
  });
  const errors = [
    ...(typeof child(object, "apiVersion") === "string"
      ? []
      : [missing("apiVersion", "group and version of the kind")]),
  ];
  const kind = child(object, "kind");
  return {
    errors,
    warnings: errors.length > 0 ? [] : [warning("kind", kind, `is not checked: it is no kind of ${ownApiVersion}`)],
  };
}

function warning(field: string, badValue: unknown, detail: string): FieldError {
  return { type: "FieldValueInvalid", field, ...(badValue === undefined ? {} : { badValue }), detail };
}

/** The fault of an object that the manifest has already. Objects whose name the server makes are never the same. */
function twinOf(source: ManifestObject, seen: Map<string, ManifestObject>): FieldError | undefined {
  const { object } = source;
  const { apiVersion, kind, namespace, name } = identityOf(object);
  if (name === "") return undefined;
  const key = JSON.stringify([apiVersion, kind, namespace === "" ? "default" : namespace, name]);
  const first = seen.get(key);
  if (first === undefined) {
    seen.set(key, source);
    return undefined;
  }
  const place = formatPlace(first.file, first.locate("metadata.name"));
  return {
    type: "FieldValueDuplicate",
    field: "metadata.name",
    badValue: name,
    detail: `this ${kind} is declared already at ${place}; keep one, or give this one another name`,
  };
}

export interface Identity {
  readonly apiVersion: string;
  readonly kind: string;
  /** As the object says it; "" when it says none. */
  readonly namespace: string;
  readonly name: string;
}

export function identityOf(object: JsonObject): Identity {
  const text = (...keys: string[]) => {
    const value = childAt(object, keys);
    return typeof value === "string" ? value : "";
  };
  return {
    apiVersion: text("apiVersion"),
    kind: text("kind"),
    namespace: text("metadata", "namespace"),
    name: text("metadata", "name"),
  };
}

/** `Kind/name`, or `Kind/namespace/name`, for people. */
export function subjectOf(object: JsonObject): string {
  const { kind, namespace, name } = identityOf(object);
  const generated = childAt(object, ["metadata", "generateName"]);
  const shown = name === "" && typeof generated === "string" ? `${generated}*` : name;
  const parts = [kind === "" ? "object" : kind, namespace, shown].filter((part) => part !== "");
  return parts.map((part) => (/^[\w.-]{1,253}[*]?$/.test(part) ? part : quoteValue(part))).join("/");
}
