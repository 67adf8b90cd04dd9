/** Pulumi's own tools read the package schema. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { run } from "../../e2e/support/command";

it("the package schema is clean", async () => {
  const home = mkdtempSync(join(tmpdir(), "pulumi-home-"));
  const env = { ...process.env, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" };
  try {
    const file = resolve(__dirname, "../../../schema.json");
    expect(await run("pulumi", ["schema", "check", file], { env })).toEqual({ code: 0, output: "", stdout: "" });
  } finally {
    rmSync(home, { recursive: true });
  }
});
