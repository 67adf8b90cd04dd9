/**
 * The Kubernetes messages that kubectl sends as protobuf, whatever a server offers: what `kubectl create namespace`,
 * `create secret`, `create configmap`, `auth` and deletions through typed clients carry. Field numbers are those of
 * the published generated.proto files of k8s.io/api and k8s.io/apimachinery.
 */
import type { Message } from "./wire";

const time: Message = { 1: ["seconds", "integer"], 2: ["nanos", "integer"] };

const ownerReference: Message = {
  1: ["kind", "string"],
  3: ["name", "string"],
  4: ["uid", "string"],
  5: ["apiVersion", "string"],
  6: ["controller", "boolean"],
  7: ["blockOwnerDeletion", "boolean"],
};

const objectMeta: Message = {
  1: ["name", "string"],
  2: ["generateName", "string"],
  3: ["namespace", "string"],
  5: ["uid", "string"],
  6: ["resourceVersion", "string"],
  7: ["generation", "integer"],
  8: ["creationTimestamp", { converted: time, to: ({ seconds }) => timestampOf(seconds) }],
  11: ["labels", { map: "string" }],
  12: ["annotations", { map: "string" }],
  13: ["ownerReferences", { list: { message: ownerReference } }],
  14: ["finalizers", { list: "string" }],
};

function timestampOf(seconds: unknown): string | null {
  return typeof seconds === "number" ? `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z` : null;
}

const metadata = ["metadata", { message: objectMeta }] as const;

const resourceAttributes: Message = {
  1: ["namespace", "string"],
  2: ["verb", "string"],
  3: ["group", "string"],
  4: ["version", "string"],
  5: ["resource", "string"],
  6: ["subresource", "string"],
  7: ["name", "string"],
};

const accessReviewSpec: Message = {
  1: ["resourceAttributes", { message: resourceAttributes }],
  2: ["nonResourceAttributes", { message: { 1: ["path", "string"], 2: ["verb", "string"] } }],
};

const deleteOptions: Message = {
  1: ["gracePeriodSeconds", "integer"],
  2: ["preconditions", { message: { 1: ["uid", "string"], 2: ["resourceVersion", "string"] } }],
  3: ["orphanDependents", "boolean"],
  4: ["propagationPolicy", "string"],
  5: ["dryRun", { list: "string" }],
};

/** By `apiVersion/kind`. */
export const messages: ReadonlyMap<string, Message> = new Map<string, Message>([
  ["v1/Namespace", { 1: metadata, 2: ["spec", { message: { 1: ["finalizers", { list: "string" }] } }] }],
  [
    "v1/Secret",
    {
      1: metadata,
      2: ["data", { map: "bytes" }],
      3: ["type", "string"],
      4: ["stringData", { map: "string" }],
      5: ["immutable", "boolean"],
    },
  ],
  [
    "v1/ConfigMap",
    { 1: metadata, 2: ["data", { map: "string" }], 3: ["binaryData", { map: "bytes" }], 4: ["immutable", "boolean"] },
  ],
  ["v1/DeleteOptions", deleteOptions],
  ["meta.k8s.io/v1/DeleteOptions", deleteOptions],
  ["authorization.k8s.io/v1/SelfSubjectAccessReview", { 1: metadata, 2: ["spec", { message: accessReviewSpec }] }],
  [
    "authorization.k8s.io/v1/SelfSubjectRulesReview",
    { 1: metadata, 2: ["spec", { message: { 1: ["namespace", "string"] } }] },
  ],
  ["authentication.k8s.io/v1/SelfSubjectReview", { 1: metadata }],
]);
