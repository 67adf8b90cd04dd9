import { describe, expect, it } from "vitest";
import { ObjectMeta } from "../../../provider/api/meta";

describe("object metadata", () => {
  it("accepts everything that a real API server returns", () => {
    const metadata = {
      name: "web",
      generateName: "web-",
      namespace: "default",
      uid: "f4686d2c-6e8d-4335-b8fd-81bee22f4814",
      resourceVersion: "12345",
      generation: 2,
      creationTimestamp: "2026-01-02T03:04:05Z",
      deletionTimestamp: null,
      deletionGracePeriodSeconds: 0,
      labels: { app: "web" },
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" },
      finalizers: ["foregroundDeletion"],
      ownerReferences: [
        { apiVersion: "v1", kind: "Pod", name: "p", uid: "u", controller: true, blockOwnerDeletion: true },
      ],
      managedFields: [
        {
          manager: "kubectl",
          operation: "Apply",
          apiVersion: "kubevirt.io/v1alpha1",
          time: "2026-01-02T03:04:05Z",
          fieldsType: "FieldsV1",
          fieldsV1: { "f:spec": { ".": {}, "f:domain": {} } },
          subresource: "status",
        },
      ],
    };
    expect(ObjectMeta.safeParse(metadata).error?.issues ?? []).toEqual([]);
  });
});
