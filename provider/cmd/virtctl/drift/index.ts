/** `virtctl drift`: what a stack or rendered manifests want, beside what is live. One LIST for each kind and namespace. */
import type { JsonObject } from "../../../core/json-tree";
import { resourceOf } from "../../../core/resources";
import type { KubeClient } from "../../../kube/client";
import { isNotFound } from "../../../kube/errors";
import type { KubeObject } from "../../../kube/resource";
import { compareWithLive } from "./compare";
import { type DriftOutput, driftReport, type ObjectDrift } from "./report";
import type { Wanted } from "./wanted";

export interface DriftAnswer {
  readonly stdout: string;
  /** 0: nothing differs, 2: something does. */
  readonly exitCode: 0 | 2;
}

/** Rejects when the API cannot be asked. Objects without a namespace are looked for in the connection's. */
export async function drift(client: KubeClient, wanted: readonly Wanted[], output: DriftOutput): Promise<DriftAnswer> {
  const lists = new Map<string, Promise<ReadonlyMap<string, JsonObject>>>();
  const objects = await Promise.all(
    wanted.map(async (one): Promise<ObjectDrift> => {
      const namespace = one.namespace ?? client.connection.namespace;
      const key = `${one.kind}/${namespace}`;
      const list = lists.get(key) ?? liveObjects(client, one.kind, namespace);
      lists.set(key, list);
      const live = (await list).get(one.name);
      const { kind, name } = one;
      if (live === undefined) return { kind, namespace, name, state: "missing", drift: [], notCompared: [] };
      const compared = compareWithLive(one.object, live);
      return { kind, namespace, name, state: compared.drift.length > 0 ? "changed" : "same", ...compared };
    }),
  );
  const sorted = [...objects].sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
  const isDrifted = objects.some(({ state }) => state !== "same");
  return { stdout: driftReport(sorted, output), exitCode: isDrifted ? 2 : 0 };
}

const keyOf = ({ kind, namespace, name }: ObjectDrift): string => `${kind}/${namespace}/${name}`;

/** By name. Throws when the cluster has no such kind: nothing could be compared with it. */
async function liveObjects(
  client: KubeClient,
  kind: string,
  namespace: string,
): Promise<ReadonlyMap<string, JsonObject>> {
  try {
    const { items } = await client.list<KubeObject>(resourceOf(kind), { namespace });
    return new Map(items.map((item) => [item.metadata.name ?? "", { ...item }]));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const where = client.connection.server;
    throw new Error(
      `${where} has no ${kind}: install the control plane first (kubevirt.ControlPlane, virtctl manifests)`,
      {
        cause: error,
      },
    );
  }
}
