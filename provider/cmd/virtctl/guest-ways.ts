/** How a command gets at a guest: what every way to it has, whoever serves it. */
import type { Duplex, Readable } from "node:stream";
import type { MachineAddress } from "./machine-target";

export interface LogQuery {
  readonly tailLines?: number | undefined;
  readonly follow: boolean;
}

export interface GuestLine {
  readonly stream: Duplex;
  /** Why it has ended; empty when whoever ended it did not say. */
  readonly reason: () => string;
}

export interface GuestWays {
  openConsole(machine: MachineAddress, mode: "ifFree" | "takeOver"): Promise<GuestLine>;
  openScreen(machine: MachineAddress): Promise<GuestLine>;
  /** Of a machine that need not run. */
  openLog(machine: MachineAddress, query: LogQuery): Promise<Readable>;
}

/** Milliseconds that a line may take to open. */
export const openTimeoutMs = 30_000;

export const logQuery = ({ tailLines, follow }: LogQuery) => ({ tailLines, follow: follow || undefined });

/** A log that is followed may be silent for any time. */
export const logCall = ({ follow }: Pick<LogQuery, "follow">) => ({ timeoutMs: follow ? 0 : openTimeoutMs });
