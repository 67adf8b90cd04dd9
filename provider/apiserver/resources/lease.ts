/** Leases: who leads, and which node's agent is alive. */
import type { ResourceDefinition } from "../registry";
import { ageColumn, pathColumn } from "./columns";
import { anything, coreResource } from "./core";

export const leases: ResourceDefinition = coreResource({
  group: "coordination.k8s.io",
  kind: "Lease",
  fields: { spec: anything },
  plural: "leases",
  singular: "lease",
  tracksFields: false,
  columns: [
    pathColumn({ name: "Holder", type: "string", jsonPath: ".spec.holderIdentity", description: "Who holds it." }),
    ageColumn,
  ],
});
