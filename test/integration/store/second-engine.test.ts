import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startEngine } from "../apiserver/support/child";

it("refuses a second engine on one directory, and lets the next one start once the first was killed", async () => {
  const directory = mkdtempSync(join(tmpdir(), "second-"));
  const first = await startEngine(directory);
  try {
    await expect(startEngine(directory)).rejects.toThrow(/in use by another engine: stop that one/);
    await first.kill("SIGKILL");
    const next = await startEngine(directory);
    await next.kill();
  } finally {
    await first.kill("SIGKILL");
    rmSync(directory, { recursive: true });
  }
});
