/** Defaults and argument readers that the engine and virtctl share. */
import { InvalidArgumentError } from "commander";

export const defaultPort = 16443;
export const defaultNetwork = "default";

/** A TCP port; 0 stands for any that is free. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError("a port is a whole number from 0 to 65535.");
}
