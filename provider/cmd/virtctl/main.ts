/** `virtctl`: the command line of the local engine, of machines, and of manifests. */
import { program } from "./program";

program()
  .parseAsync(process.argv)
  .catch((error: unknown) => {
    process.stderr.write(`virtctl: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
