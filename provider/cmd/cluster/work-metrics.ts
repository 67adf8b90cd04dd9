/** How much a program works off its queues, and how well, for Prometheus. */
import { Counter, Histogram, type Registry } from "prom-client";
import type { WorkOutcome } from "../../kube/work-queue";

export class WorkMetrics {
  readonly #seconds: Histogram;
  readonly #failures: Counter;

  constructor(registry: Registry) {
    this.#seconds = new Histogram({
      name: "kubevirt_reconcile_duration_seconds",
      help: "Time that one look at an object took.",
      labelNames: ["queue"],
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
      registers: [registry],
    });
    this.#failures = new Counter({
      name: "kubevirt_reconcile_failures_total",
      help: "Looks at an object that failed and are tried again.",
      labelNames: ["queue"],
      registers: [registry],
    });
  }

  observe(queue: string, { failed, milliseconds }: WorkOutcome): void {
    this.#seconds.observe({ queue }, milliseconds / 1000);
    if (failed) this.#failures.inc({ queue });
  }
}
