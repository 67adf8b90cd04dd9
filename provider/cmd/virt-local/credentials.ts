/** The keys and the token of one engine: made at its first start, read at every later one. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createServerTls, type ServerTls } from "../../apiserver/tls";
import { type StatePaths, writePrivateFile } from "./state-directory";

export interface Credentials {
  readonly tls: ServerTls;
  readonly token: string;
}

export async function loadOrMakeCredentials(paths: StatePaths): Promise<Credentials> {
  return { tls: await loadOrMakeTls(paths.tls), token: loadOrMakeToken(paths.token) };
}

async function loadOrMakeTls(folder: string): Promise<ServerTls> {
  // One file, so that a crash between two writes cannot leave a key without its certificate.
  const file = join(folder, "server.pem.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as ServerTls;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const tls = await createServerTls();
  writePrivateFile(file, JSON.stringify(tls));
  return tls;
}

function loadOrMakeToken(file: string): string {
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  const token = randomBytes(32).toString("base64url");
  writePrivateFile(file, `${token}\n`);
  return token;
}
