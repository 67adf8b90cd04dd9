/**
 * Where log lines go: a file descriptor, synchronously, so that the last words before a kill are kept. A line that cannot
 * be written, on a full disk or to a closed pipe, is dropped and counted: a log must not end the program that writes it.
 */
import { writeSync } from "node:fs";

export interface LogDestination {
  write(line: string): void;
}

export function logDestination(
  descriptor: number,
  write: (descriptor: number, text: string) => void = writeSync,
): LogDestination {
  let lost = 0;
  const attempt = (text: string): boolean => {
    try {
      write(descriptor, text);
      return true;
    } catch {
      // There is nowhere left to say it.
      return false;
    }
  };
  return {
    write: (line) => {
      if (!attempt(line)) {
        lost += 1;
        return;
      }
      if (
        lost > 0 &&
        attempt(`${JSON.stringify({ level: "warn", lost, msg: "earlier log lines could not be written" })}\n`)
      )
        lost = 0;
    },
  };
}
