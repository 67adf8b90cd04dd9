/**
 * Looks at all guests five times a second for as long as a test runs, and keeps when each was there. What must never be, at
 * no moment: one machine in two processes, or one disk with two writers.
 */
import { type GuestProcess, guestProcesses, writtenDisks } from "./guest-processes.ts";

export interface Span {
  readonly guest: GuestProcess;
  /** Milliseconds since the epoch, of the first and the last look that showed it. */
  readonly from: number;
  readonly to: number;
  /** None before QEMU has opened them. */
  readonly disks: readonly string[];
}

const lookIntervalMs = 200;

export class GuestTimeline {
  readonly #spans = new Map<string, Span>();
  readonly #overlaps = new Set<string>();
  #looks = 0;
  #timer: NodeJS.Timeout | undefined;

  start(): void {
    this.#timer = setInterval(() => this.#look(), lookIntervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get looks(): number {
    return this.#looks;
  }

  /** One line for each pair that was there at the same time. */
  get overlaps(): readonly string[] {
    return [...this.#overlaps];
  }

  /** The processes that a machine had so far, the first one first. */
  ofMachine(uid: string): readonly Span[] {
    return [...this.#spans.values()].filter(({ guest }) => guest.uid === uid);
  }

  /** The processes that machines of one name had, one after the other. */
  ofName(machine: string): readonly Span[] {
    return [...this.#spans.values()].filter(({ guest }) => guest.machine === machine);
  }

  #look(): void {
    const now = Date.now();
    const present = guestProcesses().map((guest) => this.#seen(guest, now));
    this.#looks += 1;
    this.#judge(present, ({ guest }) => [`machine ${guest.uid}`]);
    this.#judge(present, ({ disks }) => disks);
  }

  #seen(guest: GuestProcess, now: number): Span {
    const key = `${guest.pid} ${guest.startedAt}`;
    const known = this.#spans.get(key);
    const disks = known === undefined || known.disks.length === 0 ? writtenDisks(guest) : known.disks;
    const span = { guest: known?.guest ?? guest, from: known?.from ?? now, to: now, disks };
    this.#spans.set(key, span);
    return span;
  }

  #judge(present: readonly Span[], claimsOf: (span: Span) => readonly string[]): void {
    const holders = new Map<string, Span>();
    for (const span of present) {
      for (const claim of claimsOf(span)) {
        const other = holders.get(claim);
        if (other === undefined) holders.set(claim, span);
        else this.#overlaps.add(`${claim}: ${describe(other)} and ${describe(span)}`);
      }
    }
  }
}

const describe = ({ guest: { machine, uid, node, pid } }: Span) => `${machine} (${uid}) on ${node} as process ${pid}`;
