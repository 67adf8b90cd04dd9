/** Launcher pods for tests: as the controller reads them, and as the API server has them. Changed by what a test is about. */
import type { PodObject } from "../../provider/controller/launcher-pod";
import type { ObservedPod } from "../../provider/core/plan/launched-machine";
import { createdByLabel, launcherLabel, launcherLabelValue } from "../../provider/core/plan/launcher-pod";
import { builtUid } from "./virtual-machine";

/** Of the machine that `buildVirtualMachine` gives: it waits for the scheduler since a second before the epoch's start. */
export function buildObservedPod(changes: Partial<ObservedPod> = {}): ObservedPod {
  return {
    name: "virt-launcher-web-bbbbb",
    owned: true,
    phase: "Pending",
    deleting: false,
    labels: { [launcherLabel]: launcherLabelValue, [createdByLabel]: builtUid },
    machineLabels: [],
    volumes: [],
    nodeName: "",
    createdAt: 0,
    ...changes,
  };
}

export interface PodParts {
  readonly metadata?: PodObject["metadata"];
  readonly spec?: object;
  readonly status?: object;
}

/** Of the machine that `buildVirtualMachine` gives. */
export function buildPod({ metadata, spec, status }: PodParts = {}) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "virt-launcher-web-bbbbb",
      namespace: "default",
      uid: "0b2d1d5e-2f0c-4b3f-9d0e-5a1f2f3c4d5e",
      labels: { [launcherLabel]: launcherLabelValue, [createdByLabel]: builtUid },
      ownerReferences: [
        { apiVersion: "kubevirt.io/v1alpha1", kind: "VirtualMachine", name: "web", uid: builtUid, controller: true },
      ],
      ...metadata,
    },
    spec: { ...spec },
    status: { phase: "Pending", ...status },
  };
}
