import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqliteStore } from "../../../provider/store/sqlite";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "crash-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

interface Acknowledgement {
  readonly key: string;
  readonly value: string;
  readonly revision: number;
}

/** Kills the writers after so many acknowledgements, and answers those that reached this process. */
async function writeAndKill(path: string, round: number, after: number): Promise<readonly Acknowledgement[]> {
  const loader = join(__dirname, "..", "apiserver", "support", "ts-loader.mjs");
  const script = join(__dirname, "writer.ts");
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "--import", loader, script, path, String(round)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let text = "";
  let lines = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    lines += chunk.toString().split("\n").length - 1;
    if (lines >= after) child.kill("SIGKILL");
  });
  await once(child, "close");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line): Acknowledgement => JSON.parse(line));
}

describe("kill -9 under 32 writers", () => {
  it("loses no acknowledged write and gives no revision twice, over rounds on one database", async () => {
    const path = join(directory, "store.db");
    const rounds = Number(process.env.CRASH_ROUNDS ?? 8);
    const newest = new Map<string, Acknowledgement>();
    const revisions = new Set<number>();
    let acknowledged = 0;
    let highest = 0;
    for (let round = 0; round < rounds; round++) {
      const acknowledgements = await writeAndKill(path, round, 300 + ((round * 1237) % 2000));
      for (const acknowledgement of acknowledgements) {
        if (revisions.has(acknowledgement.revision))
          throw new Error(`revision ${acknowledgement.revision} given twice`);
        revisions.add(acknowledgement.revision);
        highest = Math.max(highest, acknowledgement.revision);
        const known = newest.get(acknowledgement.key);
        if (known === undefined || known.revision < acknowledgement.revision) {
          newest.set(acknowledgement.key, acknowledgement);
        }
      }
      acknowledged += acknowledgements.length;
      const store = openSqliteStore({ path, now: Date.now });
      try {
        const missing = [...newest.values()].filter(({ key, value, revision }) => {
          const entry = store.get(key);
          // The write after the last acknowledged one may have been stored too; an older one may not be back.
          return (
            entry === undefined || entry.revision < revision || (entry.revision === revision && entry.value !== value)
          );
        });
        expect(missing).toEqual([]);
        expect(store.revision).toBeGreaterThanOrEqual(highest);
        // What nobody acknowledged has revisions too, and they are as little given again.
        for (const entry of store.list({ prefix: "/" }).entries) revisions.add(entry.revision);
      } finally {
        await store.close();
      }
    }
    expect(acknowledged).toBeGreaterThan(rounds * 300);
  }, 600_000);
});
