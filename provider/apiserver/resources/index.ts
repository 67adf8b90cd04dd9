/** All resources the server serves. */
import { createRegistry, type Registry } from "../registry";
import { events } from "./event";
import { kubevirtResources } from "./kubevirt";
import { leases } from "./lease";
import { namespaces } from "./namespace";
import { nodes } from "./node";
import { persistentVolumeClaims } from "./persistent-volume-claim";
import { pods } from "./pod";
import { configMaps, secrets } from "./secret";
import { services } from "./service";

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
