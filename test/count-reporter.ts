import type { Reporter, TestModule } from "vitest/node";

/** Ends a run with what failed, a line each, and one plain line of counts: who has the end of the output has the answer. */
export class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    const failures = unhandledErrors.map((error) => `an error outside of any test: ${firstLine(error)}`);
    for (const module of modules) {
      // A file that cannot be loaded has no tests to count and is a failure all the same.
      const faults = module.errors();
      if (faults.length > 0) {
        counts.failed += 1;
        failures.push(`${module.relativeModuleId}: ${firstLine(faults[0])}`);
      }
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result();
        if (state === "pending") counts.failed += 1;
        else counts[state] += 1;
        if (state === "failed" || state === "pending") {
          failures.push(
            `${module.relativeModuleId} > ${test.fullName}: ${errors ? firstLine(errors[0]) : "never ended"}`,
          );
        }
      }
    }
    if (failures.length > 0) process.stdout.write(`\nFAILED\n${failures.join("\n")}\n`);
    process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
  }
}

const longest = 300;

function firstLine(error: unknown): string {
  const message =
    typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error);
  return message.split("\n", 1)[0]?.slice(0, longest) ?? "";
}
