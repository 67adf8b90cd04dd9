/** The API server alone, as compiled, in a process of its own: node api-process.ts DIRECTORY. Says when it is ready. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startApiServer } from "../../dist/provider/apiserver/server.js";
import { openSqliteStore } from "../../dist/provider/store/sqlite.js";

const [directory = "."] = process.argv.slice(2);
const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: console.error };

async function main(): Promise<void> {
  const store = openSqliteStore({ path: join(directory, "store.db"), now: Date.now });
  const { tls, token } = JSON.parse(readFileSync(join(directory, "credentials.json"), "utf8"));
  const server = await startApiServer({ store, tls, tokens: [{ token, user: "admin" }], port: 0, log });
  process.stdout.write(server.url);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
