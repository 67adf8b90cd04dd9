/** All resources the server serves. */
import { createRegistry, type Registry } from "../registry";
import { pods, services } from "./absent";
import { events } from "./event";
import { kubevirtResources } from "./kubevirt";
import { leases } from "./lease";
import { namespaces } from "./namespace";
import { nodes } from "./node";
import { persistentVolumeClaims } from "./persistent-volume-claim";
import { configMaps, secrets } from "./secret";

export function defaultRegistry(): Registry {
  return createRegistry([
    namespaces,
    nodes,
    persistentVolumeClaims,
    configMaps,
    secrets,
    events,
    pods,
    services,
    leases,
    ...kubevirtResources,
  ]);
}
