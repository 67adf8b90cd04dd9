/** Debian's docker-registry on loopback, in a temporary folder, with the pushes that a test needs. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BuiltImage } from "../../../builders/oci-image.ts";

export interface RegistryFlags {
  /** A line of an htpasswd file, with bcrypt. */
  readonly htpasswd?: string;
  /** Address of a token server, and the file with its certificate. */
  readonly token?: {
    readonly realm: string;
    readonly service: string;
    readonly issuer: string;
    readonly bundle: string;
  };
  readonly tls?: { readonly certificate: string; readonly key: string };
}

type Pushable = Pick<BuiltImage, "manifest" | "mediaType"> & { readonly blobs?: BuiltImage["blobs"] };

export class DockerRegistry {
  /** `127.0.0.1:port` */
  readonly host: string;
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(host: string, folder: string, process: ChildProcess) {
    this.host = host;
    this.#folder = folder;
    this.#process = process;
  }

  static async start(flags: RegistryFlags = {}): Promise<DockerRegistry> {
    const folder = await mkdtemp(join(tmpdir(), "kubevirt-registry-"));
    const host = `127.0.0.1:${await freePort()}`;
    const config = join(folder, "config.json");
    if (flags.htpasswd !== undefined) await writeFile(join(folder, "htpasswd"), `${flags.htpasswd}\n`);
    // YAML is read, and JSON is YAML.
    await writeFile(config, JSON.stringify(configuration(host, folder, flags)));
    const child = spawn("docker-registry", ["serve", config], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(-4096);
    });
    const listening = new Promise<void>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`docker-registry ended with ${code}: ${said}`)));
      child.stderr?.on("data", () => {
        if (said.includes("listening on")) resolve();
      });
    });
    try {
      await listening;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
    return new DockerRegistry(host, folder, child);
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = new Promise((resolve) => this.#process.once("exit", resolve));
      this.#process.kill("SIGKILL");
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Returns the reference. Only for registries that ask for no credentials. */
  async push(repository: string, tag: string, image: Pushable): Promise<string> {
    for (const { digest, bytes } of image.blobs ?? []) {
      const begun = await this.#send("POST", `/v2/${repository}/blobs/uploads/`, {});
      const target = new URL(begun.headers.get("location") ?? "", `http://${this.host}`);
      target.searchParams.set("digest", digest);
      await this.#send(
        "PUT",
        `${target.pathname}${target.search}`,
        { "content-type": "application/octet-stream" },
        bytes,
      );
    }
    await this.#send("PUT", `/v2/${repository}/manifests/${tag}`, { "content-type": image.mediaType }, image.manifest);
    return `${this.host}/${repository}:${tag}`;
  }

  async #send(method: string, path: string, headers: Record<string, string>, body?: Buffer): Promise<Response> {
    const response = await fetch(`http://${this.host}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  }
}

function configuration(host: string, folder: string, { htpasswd, token, tls }: RegistryFlags): object {
  return {
    version: "0.1",
    log: { level: "info", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, "content") }, delete: { enabled: true } },
    http: {
      addr: host,
      secret: "of a test",
      ...(tls === undefined ? {} : { tls: { certificate: tls.certificate, key: tls.key } }),
    },
    ...(htpasswd === undefined ? {} : { auth: { htpasswd: { realm: "test", path: join(folder, "htpasswd") } } }),
    ...(token === undefined
      ? {}
      : {
          auth: {
            token: {
              realm: token.realm,
              service: token.service,
              issuer: token.issuer,
              rootcertbundle: token.bundle,
            },
          },
        }),
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
