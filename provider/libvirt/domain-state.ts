/** virDomainState and the reasons that go with each state, as words. A number of a newer libvirt becomes "unknown". */
import type { DomainState, DomainStatus } from "./hypervisor";

const states: readonly DomainState[] = [
  "nostate",
  "running",
  "blocked",
  "paused",
  "shutdown",
  "shutoff",
  "crashed",
  "pmsuspended",
];

/** virDomainRunningReason and its siblings, each list in the order of its numbers. */
const reasons: Readonly<Record<DomainState, readonly string[]>> = {
  nostate: ["unknown"],
  running: [
    "unknown",
    "booted",
    "migrated",
    "restored",
    "from-snapshot",
    "unpaused",
    "migration-canceled",
    "save-canceled",
    "wakeup",
    "crashed",
    "post-copy",
    "post-copy-failed",
  ],
  blocked: ["unknown"],
  paused: [
    "unknown",
    "user",
    "migration",
    "save",
    "dump",
    "io-error",
    "watchdog",
    "from-snapshot",
    "shutting-down",
    "snapshot",
    "crashed",
    "starting-up",
    "post-copy",
    "post-copy-failed",
    "api-error",
  ],
  shutdown: ["unknown", "user"],
  shutoff: ["unknown", "shutdown", "destroyed", "crashed", "migrated", "saved", "failed", "from-snapshot", "daemon"],
  crashed: ["unknown", "panicked"],
  pmsuspended: ["unknown"],
};

export function domainStatusOf(state: number, reason: number): DomainStatus {
  const name = states[state] ?? "nostate";
  return { state: name, reason: reasons[name][reason] ?? "unknown" };
}
