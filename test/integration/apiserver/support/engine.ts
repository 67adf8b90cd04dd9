/** A child process that serves the API on a store until it is killed: node --import ts-loader.mjs engine.ts DIRECTORY [PORT] */
import { join } from "node:path";
import { writeKubeconfig } from "../../../../provider/apiserver/kubeconfig";
import { startApiServer } from "../../../../provider/apiserver/server";
import { createServerTls } from "../../../../provider/apiserver/tls";
import { openSqliteStore } from "../../../../provider/store/sqlite";

const [directory = ".", port = "0"] = process.argv.slice(2);
const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields: object, message: string) => console.error(message, fields),
  error: (fields: object, message: string) => console.error(message, fields),
};

async function main(): Promise<void> {
  const started = performance.now();
  const store = openSqliteStore({ path: join(directory, "store.db"), now: Date.now, log });
  const tls = await createServerTls();
  const token = "test-token";
  const server = await startApiServer({ store, tls, tokens: [{ token, user: "admin" }], port: Number(port), log });
  await writeKubeconfig(join(directory, "kubeconfig"), { server: server.url, ca: tls.ca, token });
  console.log(JSON.stringify({ url: server.url, readyMs: Math.round(performance.now() - started) }));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
