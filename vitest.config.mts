import { defineConfig } from "vitest/config";
import { CountReporter } from "./test/count-reporter.ts";

// Three projects: unit and golden need nothing but Node; integration talks to real libvirt and a real engine;
// e2e runs the examples through the Pulumi CLI; cluster does both on a real Kubernetes cluster. The last three share the
// machine's libvirt or its cluster, so their files run one by one.
export default defineConfig({
  test: {
    reporters: ["default", new CountReporter()],
    projects: [
      // A time limit is there against tests that hang: how quick things are is measured in `make bench`, on machines that are quiet.
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: 60_000 } },
      { test: { name: "golden", include: ["test/golden/**/*.test.ts"], testTimeout: 60_000 } },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "faults",
          include: ["test/faults/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "cluster",
          include: ["test/cluster/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
