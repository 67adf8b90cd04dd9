/** How a program of the cluster ends: once, on a signal or a fault, with its work put in order, and never by hanging. */
import type { Logger } from "../../runtime/log";

/** Milliseconds after which a stop that hangs ends the process all the same: nothing is lost by it. */
const stopPatienceMs = 10_000;

export function endOnSignal(stop: () => Promise<void>, log: Logger): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, "stopping");
    setTimeout(() => process.exit(1), stopPatienceMs).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, "did not stop cleanly");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

/** Runs a program's body; what it fails with is the last line of its log. */
export function runProgram(log: Logger, body: () => Promise<void>): void {
  body().catch((error: unknown) => {
    log.error({ err: error }, "could not start");
    process.exit(1);
  });
}
