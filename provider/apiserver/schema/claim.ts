/** The fields of claims beside type and metadata. https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/persistent-volume-claim-v1/ */
import type { Schema } from "./schema";
import { amounts, conditions, labelSelector, record, text, textList, texts, timeOrNull } from "./shorthand";

const source = (description: string): Schema => ({
  ...record(description, {
    apiGroup: { ...text("Its group; none for a claim."), nullable: true },
    kind: text("Its kind."),
    name: text("Its name."),
  }),
  "x-kubernetes-map-type": "atomic",
});

export const claimFields: Readonly<Record<string, Schema>> = {
  spec: record("The disk that is asked for.", {
    accessModes: textList("How many may use it: ReadWriteOnce, ReadOnlyMany, ReadWriteMany, ReadWriteOncePod."),
    resources: record("How large it has to be.", {
      requests: amounts("At least so much, such as storage: 1Gi."),
      limits: amounts("At most so much."),
    }),
    selector: labelSelector("Which volumes will do."),
    storageClassName: text("The class that is asked for."),
    volumeName: text("The volume that it is bound to."),
    volumeMode: text("Filesystem or Block."),
    volumeAttributesClassName: text("The class of the volume's attributes."),
    dataSource: source("What the disk begins with."),
    dataSourceRef: record("What the disk begins with, also of another namespace.", {
      apiGroup: { ...text("Its group; none for a claim."), nullable: true },
      kind: text("Its kind."),
      namespace: text("Its namespace."),
      name: text("Its name."),
    }),
  }),
  status: record("The disk that there is.", {
    phase: text("Pending, Bound or Lost."),
    accessModes: textList("How many may use it."),
    capacity: amounts("How large it is."),
    conditions: conditions("What is being done to the disk.", {
      lastProbeTime: timeOrNull("When it was looked at last."),
    }),
    allocatedResources: amounts("What is set aside for it."),
    allocatedResourceStatuses: texts("How far a change of size is."),
    currentVolumeAttributesClassName: text("The class of the volume's attributes that is in force."),
    modifyVolumeStatus: record("How far a change of the volume's attributes is.", {
      status: text("Pending, InProgress or Infeasible."),
      targetVolumeAttributesClassName: text("The class that is to be in force."),
    }),
  }),
};
