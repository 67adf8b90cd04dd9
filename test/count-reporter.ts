import type { Reporter, TestModule } from "vitest/node";

/** Ends a run with what failed, a line each, and one plain line of counts: who has the end of the output has the answer. */
export class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    const failures = unhandledErrors.map((error) => `an error outside of any test: ${inOneLine(error)}`);
    for (const module of modules) {
      // A file that cannot be loaded has no tests to count and is a failure all the same.
      const faults = module.errors();
      if (faults.length > 0) {
        counts.failed += 1;
        failures.push(`${module.relativeModuleId}: ${inOneLine(faults[0])}`);
      }
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result();
        if (state === "pending") counts.failed += 1;
        else counts[state] += 1;
        if (state === "failed" || state === "pending") {
          failures.push(
            `${module.relativeModuleId} > ${test.fullName}: ${errors ? inOneLine(errors[0]) : "never ended"}`,
          );
        }
      }
    }
    if (failures.length > 0) process.stdout.write(`\nFAILED\n${failures.join("\n")}\n`);
    process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
  }
}

const longest = 600;

/** In one line: of a property test the case that broke it is a few lines down. */
function inOneLine(error: unknown): string {
  const message =
    typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error);
  return message.replace(/\s*\n\s*/g, " | ").slice(0, longest);
}
