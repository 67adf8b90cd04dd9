/**
 * The check verb: presets merged, the namespace filled in, every fault found, before anything is created. What it
 * returns is what the preview shows and what create sends.
 */
import type { VirtualMachinePreset } from "../api/v1alpha1/virtual-machine-preset";
import { type FieldError, renderFieldError } from "../core/field-error";
import { withPresets } from "../core/presets/object";
import { type ValidationResult, validateObject } from "../core/validation";
import { faultsOfWaitFor } from "../core/validation/wait-for";
import { changesOfClass } from "./diff";
import {
  autonamedAnnotation,
  type Fields,
  isFields,
  isUnknown,
  metadataOf,
  stringMap,
  toObject,
  unknownKeys,
} from "./inputs";
import { faultsOfConnection, isOfSameCluster, withConnection } from "./own-connection";
import { faultOfMode, renderFaults, renderToKey, unknownsInFiles } from "./render/verbs";

export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

export interface CheckResult {
  readonly inputs: Fields;
  readonly failures: readonly CheckFailure[];
  /** One line each, for the engine's log. */
  readonly warnings: readonly string[];
}

export interface CheckContext {
  readonly kind: string;
  /** Namespace of the connection. */
  readonly defaultNamespace: string;
  /** Folder that objects are written to instead of being deployed. Default: they are deployed. */
  readonly renderTo?: string | undefined;
}

/** `olds` are the inputs of the last update, empty for a new resource. */
export function check(context: CheckContext, olds: Fields, news: Fields): CheckResult {
  const { kind, defaultNamespace, renderTo } = context;
  const errors: FieldError[] = [...unknownKeys(news), ...faultsOfConnection(news)];
  const object = withKeptName(olds, withNamespace(toObject(kind, news), defaultNamespace));
  const own = validateObject(object, { isUnknown });
  errors.push(...own.errors.map((fault) => withAutonaming(object, fault)), ...faultsOfWaitFor(object, isUnknown));
  const presets = own.errors.length === 0 ? presetsFor(news, defaultNamespace) : [];
  const merged = withPresets(object, presets, { isUnknown }) ?? { object, faults: [], warnings: own.warnings };
  errors.push(...merged.faults);
  const mode = faultOfMode(olds, renderTo);
  if (mode !== undefined) errors.push(mode);
  else if (renderTo !== undefined && errors.length === 0) {
    errors.push(...renderFaults(kind, merged.object, { news, olds, renderTo }));
  }
  const subject = `${kind} ${String(metadataOf(object).name ?? "")}`.trim();
  const warnings = errors.length === 0 ? merged.warnings.map(renderFieldError) : [];
  if (renderTo !== undefined) warnings.push(...unknownsInFiles(merged.object));
  return {
    inputs: {
      metadata: merged.object.metadata,
      spec: merged.object.spec,
      ...withConnection(news),
      ...(renderTo === undefined ? {} : { [renderToKey]: renderTo }),
    },
    // Without a property: the engine would look the path up as one top-level key and print an empty value for it.
    failures: [...errors.map(renderFieldError), ...(errors.length === 0 ? [] : elsewhere(news))].map((reason) => ({
      property: "",
      reason,
    })),
    warnings: [...warnings, ...latecomers(kind, olds, merged.object)].map((text) => `${subject}: ${text}`),
  };
}

/** What the fault of a name that is missing is where Pulumi makes up the names. */
function withAutonaming(object: Fields, fault: FieldError): FieldError {
  if (fault.field !== "metadata.name" || fault.type !== "FieldValueRequired") return fault;
  if (stringMap(metadataOf(object).annotations)[autonamedAnnotation] !== "true") return fault;
  return { ...fault, detail: "the stack's configuration (pulumi:autonaming) lets no names be made up; give one" };
}

/** Faults of the program's other resources: the engine stops at the first that is refused, which tells them, too. */
function elsewhere(news: Fields): readonly string[] {
  const { faultsElsewhere } = news;
  return Array.isArray(faultsElsewhere) ? faultsElsewhere.filter((fault) => typeof fault === "string") : [];
}

/** Changes that the guest does not see at once: a person should hear of it before they wonder. */
function latecomers(kind: string, olds: Fields, news: Fields): readonly string[] {
  if (!isFields(olds.spec)) return [];
  return changesOfClass(kind, olds, news, "next-start").map((field) =>
    kind === "VirtualMachineReplicaSet"
      ? `${field}: the change concerns machines that are made from now on; those that run stay as they are`
      : `${field}: the change takes effect when the machine is next started`,
  );
}

function withNamespace(object: Fields, defaultNamespace: string): Fields {
  if (!isFields(object.metadata)) return object;
  const namespace = object.metadata.namespace ?? defaultNamespace;
  return { ...object, metadata: { ...object.metadata, namespace } };
}

/** A stack that is renamed, or a resource that is moved, makes another name; the machine is the same and keeps its own. */
function withKeptName(olds: Fields, object: Fields): Fields {
  const before = metadataOf(olds);
  const after = metadataOf(object);
  const made = (metadata: Fields) => stringMap(metadata.annotations)[autonamedAnnotation] === "true";
  if (!made(before) || !made(after) || typeof before.name !== "string") return object;
  return { ...object, metadata: { ...after, name: before.name } };
}

/** The presets that the program declares and that are valid; a faulty one is reported by its own resource. */
function presetsFor(news: Fields, defaultNamespace: string): readonly VirtualMachinePreset[] {
  if (!Array.isArray(news.presets)) return [];
  return news.presets
    .filter(isFields)
    .filter((preset) => isOfSameCluster(preset, news))
    .map((preset) => {
      const namespace =
        typeof preset.namespace === "string" && preset.namespace !== "" ? preset.namespace : defaultNamespace;
      return withNamespace(toObject("VirtualMachinePreset", preset), namespace);
    })
    .filter((preset): preset is Fields & VirtualMachinePreset =>
      isSound<VirtualMachinePreset>("VirtualMachinePreset", preset, validateObject(preset, { isUnknown })),
    );
}

/** What validation has passed has the type of its kind, but for the markers that a preview puts anywhere. */
function isSound<T extends { readonly kind: string }>(
  kind: T["kind"],
  object: Fields,
  { errors }: ValidationResult,
): object is Fields & T {
  return object.kind === kind && errors.length === 0;
}
