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

export const insecureRegistryHelp =
  "a registry that may be spoken to without TLS (repeatable; those of this machine always may)";
export const registryCaHelp = "certificates in PEM that registries are trusted by besides the usual ones (repeatable)";

/** Of an option that may be given several times. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
