/**
 * A child process that writes to a store as fast as it can until it is killed: 32 writers, each with its own keys.
 * Every acknowledged write is a line on standard output, written before the writer goes on.
 */
import { writeSync } from "node:fs";
import { openSqliteStore } from "../../../provider/store/sqlite";

const [path = "store.db", round = "0"] = process.argv.slice(2);
const writers = 32;

function acknowledge(key: string, value: string, revision: number): void {
  writeSync(1, `${JSON.stringify({ key, value, revision })}\n`);
}

async function write(writer: number): Promise<void> {
  const key = `/writer/${round}/${writer}`;
  let revision = await store.create(key, "0");
  acknowledge(key, "0", revision);
  for (let count = 1; ; count++) {
    const value = `${count}-${"x".repeat((count * 37) % 3000)}`;
    if (count % 25 === 0) {
      const other = `/kept/${round}/${writer}/${count}`;
      acknowledge(other, value, await store.create(other, value));
    }
    revision = await store.update(key, value, revision);
    acknowledge(key, value, revision);
  }
}

async function compact(): Promise<void> {
  for (;;) {
    await store.compact(store.revision - 50);
    await new Promise((resolve) => setTimeout(resolve, 7));
  }
}

const store = openSqliteStore({ path, now: Date.now });
const running = Array.from({ length: writers }, (_, writer) => write(writer));
Promise.all([...running, compact()]).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
