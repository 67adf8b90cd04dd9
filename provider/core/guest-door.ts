/**
 * The way to a guest on a Kubernetes cluster: sockets in a folder of its launcher pod, at which the node's agent answers
 * and a program of the launcher's image is the client, started by pods/exec. The agent's first byte tells whether the line
 * is open: then what follows is the guest's; or refused: then it is the reason, in words. Pure.
 */

/** Where the launcher has the sockets. */
export const doorFolder = "/kubevirt";

/** `console-force` takes the place of whoever is at the console. */
export const doorNames = ["console", "console-force", "screen"] as const;
export type DoorName = (typeof doorNames)[number];

/** What is run in the launcher to be joined to a socket by its standard input and output. It ends when either side does. */
export const doorCommand = (door: DoorName): readonly string[] => [
  "nc.openbsd",
  "-q",
  "0",
  "-U",
  `${doorFolder}/${door}`,
];

const opened = 0;
const refused = 1;
/** Bytes of a reason that are read. */
const longestReason = 4096;

export const openGreeting: Uint8Array = Uint8Array.of(opened);

export function refusalGreeting(reason: string): Uint8Array {
  return Uint8Array.of(refused, ...new TextEncoder().encode(reason).subarray(0, longestReason));
}

export type DoorAnswer =
  /** `rest` is the guest's. */
  | { readonly kind: "open"; readonly rest: Uint8Array }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unknown" };

/** What all that has come of a line means; undefined while more has to come. `ended`: nothing more will. */
export function readGreeting(bytes: Uint8Array, { ended }: { readonly ended: boolean }): DoorAnswer | undefined {
  const [first] = bytes;
  if (first === undefined) return ended ? { kind: "unknown" } : undefined;
  if (first === opened) return { kind: "open", rest: bytes.subarray(1) };
  if (first !== refused) return { kind: "unknown" };
  if (!ended && bytes.length <= longestReason) return undefined;
  return { kind: "refused", reason: new TextDecoder().decode(bytes.subarray(1, longestReason + 1)) };
}
