/** Events: what happened to an object, for people to read. They expire. */
import { humanDuration } from "../duration";
import { type KubeObject, textAt, valueAt } from "../object";
import type { Column, ResourceDefinition } from "../registry";
import { eventFields } from "../schema/event";
import { nameColumn, textColumn } from "./columns";
import { coreResource } from "./core";

const involvedFields = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"] as const;

/** People tell events by their objects; their own names are for machines. */
const columns: readonly Column[] = [
  textColumn("Last Seen", "Time since it happened last.", (object, now) => sinceOf(lastSeen(object), now)),
  textColumn("Type", "Normal or Warning.", (object) => textAt(object, "type")),
  textColumn("Reason", "One word for what happened.", (object) => textAt(object, "reason")),
  textColumn("Object", "What it happened to.", involvedObject),
  textColumn("Subobject", "Which part of it.", (object) => textAt(object, "involvedObject", "fieldPath"), 1),
  textColumn("Source", "Who says so.", sourceOf, 1),
  textColumn("Message", "What happened.", (object) => textAt(object, "message").trim()),
  textColumn("First Seen", "Time since it happened first.", (object, now) => sinceOf(firstSeen(object), now), 1),
  { name: "Count", type: "integer", description: "How often.", priority: 1, cell: countOf },
  { ...nameColumn, priority: 1 },
];

export const events: ResourceDefinition = {
  ...coreResource({
    kind: "Event",
    description: "Something that happened to an object, for people to read. It expires.",
    fields: eventFields,
    plural: "events",
    singular: "event",
    shortNames: ["ev"],
    tracksFields: false,
    selectableFields: {
      ...Object.fromEntries(
        involvedFields.map((field) => [
          `involvedObject.${field}`,
          (object: KubeObject) => textAt(object, "involvedObject", field),
        ]),
      ),
      reason: (object) => textAt(object, "reason"),
      type: (object) => textAt(object, "type"),
      reportingComponent: (object) => textAt(object, "reportingComponent"),
      source: (object) => textAt(object, "source", "component") || textAt(object, "reportingComponent"),
    },
    validate: (object) => ({
      errors:
        textAt(object, "involvedObject", "namespace") === (object.metadata.namespace ?? "") || isAboutCluster(object)
          ? []
          : [
              {
                type: "FieldValueInvalid",
                field: "involvedObject.namespace",
                badValue: textAt(object, "involvedObject", "namespace"),
                detail: "does not match event.namespace",
              },
            ],
      warnings: [],
    }),
  }),
  columns,
};

/** Events of cluster-scoped objects live in the namespace `default`. */
function isAboutCluster(object: KubeObject): boolean {
  return textAt(object, "involvedObject", "namespace") === "" && object.metadata.namespace === "default";
}

/** The latest moment an event speaks of, in milliseconds; NaN when it names none. */
export function lastSeen(object: KubeObject): number {
  const series = textAt(object, "series", "lastObservedTime");
  const moments = [
    series,
    textAt(object, "lastTimestamp"),
    textAt(object, "eventTime"),
    textAt(object, "firstTimestamp"),
  ];
  return Date.parse(moments.find((moment) => moment !== "") ?? object.metadata.creationTimestamp ?? "");
}

function firstSeen(object: KubeObject): number {
  return Date.parse(textAt(object, "firstTimestamp") || textAt(object, "eventTime"));
}

function sinceOf(moment: number, now: number): string {
  return Number.isNaN(moment) ? "<unknown>" : humanDuration(now - moment);
}

function involvedObject(object: KubeObject): string {
  const kind = textAt(object, "involvedObject", "kind").toLowerCase();
  const name = textAt(object, "involvedObject", "name");
  return name === "" ? kind : `${kind}/${name}`;
}

function sourceOf(object: KubeObject): string {
  const component = textAt(object, "source", "component") || textAt(object, "reportingComponent");
  const host = textAt(object, "source", "host");
  return host === "" ? component : `${component}, ${host}`;
}

function countOf(object: KubeObject): number {
  const count = valueAt(object, "series", "count") ?? valueAt(object, "count");
  return typeof count === "number" ? count : 1;
}
