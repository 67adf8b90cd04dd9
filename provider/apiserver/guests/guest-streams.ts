/**
 * The subresources of a machine that lead to its guest: `console` and `vnc`, which are WebSockets, and `log`, which is
 * text. Owns their paths, in a group of their own as other servers of these kinds have it; whoever runs the guests
 * implements GuestStreams.
 */
import type { Duplex, Readable } from "node:stream";
import { parseResourcePath, type ResourcePath } from "../request-info";

export const guestGroup = {
  group: "subresources.kubevirt.io",
  version: "v1alpha1",
  plural: "virtualmachines",
} as const;

export const guestSubresources = ["console", "vnc", "log"] as const;
export type GuestSubresource = (typeof guestSubresources)[number];

export interface GuestMachine {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** A stream, or why there is none, in words for whoever asked. */
export type GuestStream<Stream> =
  | { readonly open: true; readonly stream: Stream }
  | { readonly open: false; readonly reason: "busy" | "notRunning" | "unavailable"; readonly message: string };

export interface GuestStreams {
  /** One user at a time. The streams are destroyed by their reader. */
  openConsole(machine: GuestMachine, mode: "ifFree" | "takeOver"): Promise<GuestStream<Duplex>>;
  /** The RFB protocol of VNC. */
  openScreen(machine: GuestMachine): Promise<GuestStream<Duplex>>;
  openLog(
    machine: GuestMachine,
    options: { readonly tailLines?: number | undefined; readonly follow: boolean },
  ): Promise<GuestStream<Readable>>;
}

export interface GuestPath {
  readonly namespace: string;
  readonly name: string;
  readonly subresource: GuestSubresource;
}

/** Undefined when the path leads to no guest. */
export function parseGuestPath(pathname: string): GuestPath | undefined {
  const path: ResourcePath | undefined = parseResourcePath(pathname);
  const { group, version, plural } = guestGroup;
  if (path?.group !== group || path.version !== version || path.plural !== plural) return undefined;
  const { namespace, name } = path;
  const subresource = guestSubresources.find((known) => known === path.subresource);
  if (namespace === undefined || name === undefined || subresource === undefined) return undefined;
  return { namespace, name, subresource };
}
