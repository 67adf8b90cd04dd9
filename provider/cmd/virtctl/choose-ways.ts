/** Which way there is to the guests of a cluster: an API server that leads to them itself says so in its list of groups. */
import type { KubeClient } from "../../kube/client";
import { ApiError } from "../../kube/errors";
import { apiVersionOf } from "../../kube/resource";
import { exchange } from "../../kube/transport";
import { guestMachines } from "./guest-target";
import { type GuestWays, openTimeoutMs } from "./guest-ways";
import { PodWays } from "./pod-ways";
import { ServerWays } from "./server-ways";

export async function waysToGuests(client: KubeClient): Promise<GuestWays> {
  const path = `/apis/${apiVersionOf(guestMachines)}`;
  try {
    await exchange(client.connection, { method: "GET", path, timeoutMs: openTimeoutMs });
    return new ServerWays(client);
  } catch (error) {
    // A group that nobody serves is answered with 404 and no word of Kubernetes' own.
    if (error instanceof ApiError && error.code === 404) return new PodWays(client);
    throw error;
  }
}
