/** How a command gets at a guest: what every way to it has, whoever serves it. */
import type { Duplex, Readable } from "node:stream";
import type { KubeClient } from "../../kube/client";
import { apiError, open, readText } from "../../kube/transport";
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

type TextQuery = Readonly<Record<string, string | number | boolean | undefined>> & {
  readonly follow?: true | undefined;
};

/** A text that may have no end. @throws ApiError */
export async function openText({ connection }: KubeClient, path: string, query: TextQuery): Promise<Readable> {
  const timeoutMs = query.follow ? 0 : openTimeoutMs;
  const response = await open(connection, { method: "GET", path, query, timeoutMs });
  if (response.statusCode === 200) return response;
  throw apiError(response.statusCode ?? 0, await readText(connection, response));
}
