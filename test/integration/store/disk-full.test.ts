import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqliteStore } from "../../../provider/store/sqlite";
import { StoreFullError } from "../../../provider/store/store";

const root = process.getuid?.() === 0;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "full-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A file system of its own needs root; the bound of pages in the unit test covers the rest of us. */
describe.runIf(root)("a file system without room", () => {
  beforeEach(() => {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", directory]);
  });
  afterEach(() => {
    execFileSync("umount", [directory]);
  });

  it("refuses writes without acknowledging them, and takes them again once there is room", async () => {
    const path = join(directory, "store.db");
    const store = openSqliteStore({ path, now: Date.now });
    await store.create("/before", "x");
    writeFileSync(join(directory, "ballast"), Buffer.alloc(1_600_000));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, (_, index) => store.create(`/${index}`, "x".repeat(20_000))),
    );
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(StoreFullError);
    const stored = outcomes.flatMap((outcome, index) => (outcome.status === "fulfilled" ? [`/${index}`] : []));
    expect(store.get("/before")?.value).toBe("x");
    expect(
      store
        .list({ prefix: "/" })
        .entries.map(({ key }) => key)
        .sort(),
    ).toEqual(["/before", ...stored].sort());
    rmSync(join(directory, "ballast"));
    const revision = await store.create("/after", "y");
    expect(revision).toBe(store.revision);
    await store.close();
    const again = openSqliteStore({ path, now: Date.now });
    expect(again.get("/after")).toEqual({ key: "/after", value: "y", revision });
    await again.close();
  });
});
