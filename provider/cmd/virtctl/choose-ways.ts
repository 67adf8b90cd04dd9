/** Which way there is to the guests of a cluster. */
import type { KubeClient } from "../../kube/client";
import { servesGuests } from "../../lifecycle/guest-log";
import { type GuestWays, openTimeoutMs } from "./guest-ways";
import { PodWays } from "./pod-ways";
import { ServerWays } from "./server-ways";

export async function waysToGuests(client: KubeClient): Promise<GuestWays> {
  return (await servesGuests(client, { timeoutMs: openTimeoutMs })) ? new ServerWays(client) : new PodWays(client);
}
