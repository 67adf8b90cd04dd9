/**
 * Structured logs: a constant message plus fields, one JSON object per line. Nothing here knows what is logged; callers
 * keep secrets (user data, tokens, pull secrets) out of the fields.
 */
import pino from "pino";
import { logDestination } from "./log-destination";

export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: Readonly<Record<string, unknown>>): Logger;
}

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** Writes to standard output, each line at once. */
export function createLogger(options: { name: string; level?: LogLevel }): Logger {
  return pino(
    {
      level: options.level ?? "info",
      base: { component: options.name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: pino.stdSerializers.err },
    },
    logDestination(1),
  );
}

export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
