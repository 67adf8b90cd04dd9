/** Everything the server does on its own, started and stopped together. */
import type { ServerContext } from "../context";
import { Maintenance } from "../maintenance";
import { NamespaceEmptier } from "../namespace-emptier";
import { OwnerCollector } from "../owner-collector";
import { StoreObserver } from "./store-observer";

export interface Background {
  stop(): Promise<void>;
}

export function startBackground(context: ServerContext): Background {
  const owners = new OwnerCollector(context);
  const emptier = new NamespaceEmptier(context);
  const observer = new StoreObserver(context.store, [owners, emptier], context.log);
  const maintenance = new Maintenance(context);
  observer.start();
  maintenance.start();
  return {
    stop: async () => {
      await observer.stop();
      await Promise.all([owners.stop(), emptier.stop(), maintenance.stop()]);
    },
  };
}
