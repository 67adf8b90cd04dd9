/** The keys and the token of one engine: made at its first start, read at every later one. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createServerTls, type ServerTls } from "../../apiserver/tls";
import { writeTextWhole } from "../../runtime/whole-file";
import type { StatePaths } from "./state-directory";

export interface Credentials {
  readonly tls: ServerTls;
  readonly token: string;
}

export async function loadOrMakeCredentials(paths: StatePaths): Promise<Credentials> {
  return { tls: await loadOrMakeTls(paths.tls), token: await loadOrMakeToken(paths.token) };
}

async function loadOrMakeTls(folder: string): Promise<ServerTls> {
  // One file, so that a crash between two writes cannot leave a key without its certificate.
  const file = join(folder, "server.pem.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as ServerTls;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const tls = await createServerTls();
  await writeTextWhole(file, JSON.stringify(tls));
  return tls;
}

async function loadOrMakeToken(file: string): Promise<string> {
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  const token = randomBytes(32).toString("base64url");
  await writeTextWhole(file, `${token}\n`);
  return token;
}
