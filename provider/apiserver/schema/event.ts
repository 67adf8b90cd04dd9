/** The fields of events beside type and metadata. https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
import type { Schema } from "./schema";
import { count, objectReference, record, text, time } from "./shorthand";

export const eventFields: Readonly<Record<string, Schema>> = {
  involvedObject: objectReference("What it happened to."),
  reason: text("One word for what happened."),
  message: text("What happened, for people."),
  type: text("Normal or Warning."),
  source: record("Who says so.", {
    component: text("The program that says so."),
    host: text("The node that it runs on."),
  }),
  firstTimestamp: time("When it happened first."),
  lastTimestamp: time("When it happened last."),
  count: count("How often it has happened."),
  eventTime: time("When it happened, to the microsecond."),
  series: record("How it goes on happening.", {
    count: count("How often it has happened."),
    lastObservedTime: time("When it happened last, to the microsecond."),
  }),
  action: text("What was done, or not, about the object."),
  related: objectReference("Another object that has to do with it."),
  reportingComponent: text("The program that says so, such as kubevirt.io/agent."),
  reportingInstance: text("Which one of those programs."),
};
