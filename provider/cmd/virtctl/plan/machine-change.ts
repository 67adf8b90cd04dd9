/**
 * What a planned change means for one object and its guests: field by field by the table of change classes, and for how
 * long a guest is away as far as anybody can know.
 */
import { type RunStrategy, runStrategyOf } from "../../../api/v1alpha1/offline-virtual-machine";
import { type ChangeClass, changeClassOf } from "../../../core/change-class";
import { defaultGracePeriodSeconds } from "../../../core/defaults";
import { type Difference, differences } from "../../../core/differences";
import { child, childAt, isObject, type JsonObject } from "../../../core/json-tree";
import { provenanceAnnotation } from "../../../core/presets/apply";
import { presetAnnotationPrefix, presetsAppliedAnnotation } from "../../../core/presets/match";
import { presetOf, provenanceOf } from "../../../core/presets/provenance";
import type { PlannedObject } from "./preview";

export interface FieldChange extends Difference {
  readonly class: ChangeClass;
  /** The preset that gives the new value, or gave the old one. */
  readonly preset: string | undefined;
}

export interface MachineChange {
  readonly planned: PlannedObject;
  readonly namespace: string;
  readonly name: string;
  readonly fields: readonly FieldChange[];
  /** Secret fields, of which nobody can see here whether they change; those that are known to are in `fields`. */
  readonly hidden: readonly string[];
}

/** What the engine prints in the place of a secret. */
export const secretText = "[secret]";

export function machineChange(planned: PlannedObject): MachineChange {
  const { kind, before, after, detailed } = planned;
  const [old, wanted] = [comparable(before), comparable(after)];
  const [from, to] = [provenanceOf(before), provenanceOf(after)];
  const hidden = secretsOfBoth(old, wanted);
  const isSaid = (field: string) =>
    detailed.some((one) => one === field || one.startsWith(`${field}.`) || one.startsWith(`${field}[`));
  const known: Difference[] =
    before === undefined || after === undefined ? [] : differences(old, wanted).filter(({ field }) => !isNote(field));
  const secret = hidden.filter(isSaid).map((field) => ({ field, before: secretText, after: secretText }));
  const address = (field: string) => String(child(child(after ?? before, "metadata"), field) ?? "");
  return {
    planned,
    namespace: address("namespace"),
    name: address("name"),
    fields: [...known, ...secret].map((one) => ({
      ...one,
      class: changeClassOf(kind, one.field),
      preset: presetOf(to, one.field) ?? presetOf(from, one.field),
    })),
    hidden: hidden.filter((field) => !isSaid(field)),
  };
}

/** The parts that a person asks for. */
function comparable(object: JsonObject | undefined): JsonObject {
  const metadata = child(object, "metadata");
  const { name, namespace, labels, annotations } = isObject(metadata) ? metadata : {};
  return { metadata: { name, namespace, labels, annotations }, spec: child(object, "spec") };
}

/** Annotations that say how the object came about, and follow from the rest. */
function isNote(field: string): boolean {
  const key = /(?:^|\.)metadata\.annotations\["(.*)"\]$/.exec(field)?.[1];
  return (
    key !== undefined &&
    (key.startsWith(presetAnnotationPrefix) ||
      [presetsAppliedAnnotation, provenanceAnnotation, "kubevirt.io/pulumi-urn", "pulumi.com/autonamed"].includes(key))
  );
}

function secretsOfBoth(before: unknown, after: unknown): readonly string[] {
  const marked = (value: unknown): unknown =>
    value === secretText
      ? undefined
      : Array.isArray(value)
        ? value.map(marked)
        : isObject(value)
          ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, marked(inner)]))
          : value;
  const secrets = new Set(differences(before, marked(before)).map(({ field }) => field));
  return differences(after, marked(after)).flatMap(({ field }) => (secrets.has(field) ? [field] : []));
}

/** In words that follow "what happens". */
export function whatHappens({ planned, fields }: MachineChange): string {
  switch (planned.operation) {
    case "create":
      return "created";
    case "delete":
      return "deleted";
    case "import":
      return "taken into the stack";
    case "replace":
      return "replaced";
    case "update": {
      const classes = new Set(fields.map((field) => field.class));
      const later = classes.has("next-start") ? laterWords(planned.kind) : undefined;
      if (!classes.has("in-place")) return later ?? "changed live";
      return later === undefined ? "changed live" : `changed live, and ${later}`;
    }
  }
}

function laterWords(kind: string): string {
  return kind === "VirtualMachineReplicaSet" ? "changed for machines made from now on" : "changed at the next start";
}

/** What becomes of the guests that run: sentences without a figure that is not in the objects. */
export function guestsOf({ planned, fields }: MachineChange): string {
  const { kind, operation, before, after } = planned;
  switch (operation) {
    case "create":
      return kind === "OfflineVirtualMachine" && strategyOf(after) === "Halted" ? "none is started" : "new";
    case "import":
      return "not touched";
    case "delete":
      return `ended: ${shutdown(before)}`;
    case "replace":
      return kind === "VirtualMachineReplicaSet"
        ? `all down: each ${shutdown(before)}; new ones are made when they are gone, and boot`
        : `down: ${shutdown(before)}; from then on until the new one has booted, which nobody can know here`;
    case "update":
      return kind === "VirtualMachineReplicaSet" ? guestsOfSet(before, after) : guestsOfMachine(planned, fields);
  }
}

function guestsOfMachine({ kind, before, after }: PlannedObject, fields: readonly FieldChange[]): string {
  const [was, is] = [strategyOf(before), strategyOf(after)];
  if (kind === "OfflineVirtualMachine" && was !== is) {
    if (is === "Halted") return `ended: ${shutdown(before)}`;
    if (is === "Always") return "started";
  }
  return fields.some((field) => field.class === "next-start")
    ? "not touched; keeps what it has until it is next started (virtctl restart)"
    : "not touched";
}

function guestsOfSet(before: JsonObject | undefined, after: JsonObject | undefined): string {
  const [was, is] = [childAt(before, ["spec", "replicas"]) ?? 1, childAt(after, ["spec", "replicas"]) ?? 1];
  if (typeof was !== "number" || typeof is !== "number" || was === is) return "those that run are not touched";
  if (is > was) return `${is - was} more; those that run are not touched`;
  return `${was - is} of ${was} ended: each ${shutdown(before)}`;
}

function strategyOf(object: JsonObject | undefined): RunStrategy | undefined {
  const { runStrategy, running } = asObject(child(object, "spec"));
  if (runStrategy !== undefined && runStrategy !== "Always" && runStrategy !== "Halted") return undefined;
  if (running !== undefined && typeof running !== "boolean") return undefined;
  return runStrategyOf({ ...(runStrategy && { runStrategy }), ...(running === undefined ? {} : { running }) });
}

/** How long the end of a guest may take is what its spec says; how long it takes is the guest's affair. */
function shutdown(object: JsonObject | undefined): string {
  const spec = childAt(object, ["spec", "template", "spec"]) ?? child(object, "spec");
  const given = child(spec, "terminationGracePeriodSeconds");
  if (given !== undefined && typeof given !== "number") return "shuts down, in a time that is not shown here";
  const seconds = given ?? defaultGracePeriodSeconds;
  const source = given === undefined ? "the default" : "its terminationGracePeriodSeconds";
  return seconds === 0 ? "is switched off at once" : `shuts down within ${seconds} s (${source})`;
}

const asObject = (value: unknown): JsonObject => (isObject(value) ? value : {});
