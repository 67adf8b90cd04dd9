/** Leases: who leads, and which node's agent is alive. */
import type { ResourceDefinition } from "../registry";
import { count, record, text, time } from "../schema/shorthand";
import { ageColumn, pathColumn } from "./columns";
import { coreResource } from "./core";

export const leases: ResourceDefinition = coreResource({
  group: "coordination.k8s.io",
  kind: "Lease",
  description: "A claim that somebody has to renew: of a leader to lead, of a node's agent to be alive.",
  fields: {
    spec: record("Who holds the lease, and since when.", {
      holderIdentity: text("Who holds it."),
      leaseDurationSeconds: count("Seconds after the last renewal until others may take it."),
      acquireTime: time("When it was taken."),
      renewTime: time("When it was renewed last."),
      leaseTransitions: count("How often it has changed hands."),
      strategy: text("How a holder is chosen among candidates."),
      preferredHolder: text("Who should have it instead."),
    }),
  },
  plural: "leases",
  singular: "lease",
  tracksFields: false,
  columns: [
    pathColumn({ name: "Holder", type: "string", jsonPath: ".spec.holderIdentity", description: "Who holds it." }),
    ageColumn,
  ],
});
