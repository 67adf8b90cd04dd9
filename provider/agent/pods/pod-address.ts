/**
 * The address that the network plugin gave a pod, and what goes with it. It is read before the guest takes it over, and
 * written down, since it stands nowhere else afterwards. Pure but for the file.
 */
import { readFile } from "node:fs/promises";
import { isIPv4 } from "node:net";
import { z } from "zod";
import { hasCode } from "../../runtime/error-code";
import { writeTextWhole } from "../../runtime/whole-file";

const address = z.string().refine(isIPv4);

const PodAddress = z.strictObject({
  ip: address,
  /** Bits of the network part. */
  prefixLength: z.int().min(0).max(32),
  gateway: address.optional(),
  /** Largest packet of the pod's network, in bytes. */
  mtu: z.int().min(576).max(65_535),
});
export type PodAddress = z.infer<typeof PodAddress>;

/** The pod's card; the name is fixed by Kubernetes' network plugins. */
export const podCard = "eth0";

const Links = z.array(
  z.object({
    ifname: z.string().optional(),
    mtu: z.int().optional(),
    master: z.string().optional(),
    addr_info: z.array(z.object({ family: z.string(), local: z.string(), prefixlen: z.int() })).optional(),
  }),
);
const Routes = z.array(z.object({ dst: z.string().optional(), gateway: z.string().optional() }));

/** From `ip -json address show` and `ip -json -4 route show default`; undefined when the card has no address of IPv4. */
export function readPodAddress(links: unknown, routes: unknown): PodAddress | undefined {
  const card = Links.safeParse(links).data?.find(({ ifname }) => ifname === podCard);
  const own = card?.addr_info?.find(({ family }) => family === "inet");
  const gateway = Routes.safeParse(routes).data?.find(({ gateway: via }) => via !== undefined)?.gateway;
  const found = { ip: own?.local, prefixLength: own?.prefixlen, mtu: card?.mtu, ...(gateway && { gateway }) };
  return PodAddress.safeParse(found).data;
}

/** Names of the cards, and the bridge that each is on. */
export function readCards(links: unknown): ReadonlyMap<string, string | undefined> {
  const list = Links.safeParse(links).data ?? [];
  return new Map(list.flatMap(({ ifname, master }) => (ifname === undefined ? [] : [[ifname, master] as const])));
}

/** Undefined when nothing was written down. */
export async function loadPodAddress(file: string): Promise<PodAddress | undefined> {
  try {
    return PodAddress.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

export function keepPodAddress(file: string, found: PodAddress): Promise<void> {
  return writeTextWhole(file, JSON.stringify(found));
}
