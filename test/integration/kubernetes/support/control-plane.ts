/**
 * A real Kubernetes API server with its store, on loopback and free ports, in a temporary folder of its own: several can
 * run beside each other. Nothing else of a cluster is there, so no controller acts on what is created.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeKubeconfig } from "../../../../provider/apiserver/kubeconfig";
import { createServerTls } from "../../../../provider/apiserver/tls";
import { loadConnection } from "../../../../provider/kube/kubeconfig";
import { readText, open as request } from "../../../../provider/kube/transport";
import { eventually } from "../../../e2e/support/wait";

export interface ControlPlane {
  readonly kubeconfig: string;
  readonly directory: string;
  /** Its processes. */
  readonly pids: readonly number[];
  /** Milliseconds from the start of its processes until it was ready. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

/** Ports are free when they are looked for; should another program take one before it is used, others are tried. */
const attempts = 3;

export async function startControlPlane(): Promise<ControlPlane> {
  for (let attempt = 1; ; attempt += 1) {
    const directory = mkdtempSync(join(tmpdir(), "control-plane-"));
    const programs: Program[] = [];
    const stop = async () => {
      for (const program of programs.reverse()) await program.stop();
      rmSync(directory, { recursive: true, force: true });
    };
    try {
      return { directory, stop, ...(await start(directory, programs)) };
    } catch (error) {
      await stop();
      if (!(error instanceof PortTakenError) || attempt === attempts) throw error;
    }
  }
}

class PortTakenError extends Error {}

async function start(directory: string, programs: Program[]) {
  const file = (name: string, content: string) => {
    const path = join(directory, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const [client = 0, peer = 0, secure = 0] = await freePorts(3);
  const store = `http://127.0.0.1:${client}`;
  const tls = await createServerTls();
  const token = randomBytes(16).toString("hex");
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const serviceAccountKey = file(
    "service-account.key",
    String(keys.privateKey.export({ type: "sec1", format: "pem" })),
  );
  const server = `https://127.0.0.1:${secure}`;
  const kubeconfig = join(directory, "kubeconfig");
  await writeKubeconfig(kubeconfig, { server, ca: tls.ca, token });

  const begun = performance.now();
  programs.push(
    new Program("etcd", directory, [
      `--data-dir=${join(directory, "etcd")}`,
      `--listen-client-urls=${store}`,
      `--advertise-client-urls=${store}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-cluster=default=http://127.0.0.1:${peer}`,
    ]),
    new Program("kube-apiserver", directory, [
      `--etcd-servers=${store}`,
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      "--endpoint-reconciler-type=none",
      `--secure-port=${secure}`,
      `--tls-cert-file=${file("server.crt", tls.cert)}`,
      `--tls-private-key-file=${file("server.key", tls.key)}`,
      `--token-auth-file=${file("tokens.csv", `${token},admin,admin,system:masters\n`)}`,
      "--authorization-mode=RBAC",
      "--allow-privileged=true",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-signing-key-file=${serviceAccountKey}`,
      `--service-account-key-file=${serviceAccountKey}`,
      "--service-cluster-ip-range=10.96.0.0/16",
    ]),
  );
  const connection = await loadConnection({ kubeconfig, env: {} });
  await eventually("the API server is ready", async () => {
    for (const program of programs) program.throwIfEnded();
    const call = { method: "GET", path: "/readyz", timeoutMs: 5000 } as const;
    const response = await request(connection, call).catch(() => undefined);
    if (response === undefined) return undefined;
    await readText(connection, response);
    return response.statusCode === 200 ? true : undefined;
  });
  return { kubeconfig, pids: programs.map(({ pid }) => pid), readyMs: Math.round(performance.now() - begun) };
}

/** A child process with its log; its end is waited for, by force if need be. */
class Program {
  readonly #name: string;
  readonly #log: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #failure: Error | undefined;
  /** Should the test's process end before the test could stop it. */
  readonly #killAtExit = () => this.#child.kill("SIGKILL");

  constructor(name: string, directory: string, args: readonly string[]) {
    this.#name = name;
    this.#log = join(directory, `${name}.log`);
    const log = openSync(this.#log, "w");
    this.#child = spawn(name, args, { cwd: directory, stdio: ["ignore", log, log] });
    closeSync(log);
    process.once("exit", this.#killAtExit);
    this.#ended = new Promise((resolve) => {
      this.#child.once("exit", () => resolve());
      this.#child.once("error", (cause) => {
        this.#failure = new Error(`${name} cannot be started; \`make tools\` installs it`, { cause });
        resolve();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  throwIfEnded(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#child.exitCode === null && this.#child.signalCode === null) return;
    const log = readFileSync(this.#log, "utf8").slice(-4000);
    const what = `${this.#name} ended with code ${this.#child.exitCode}:\n${log}`;
    throw /address already in use/.test(log) ? new PortTakenError(what) : new Error(what);
  }

  async stop(): Promise<void> {
    const force = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
    this.#child.kill("SIGTERM");
    await this.#ended;
    clearTimeout(force);
    process.off("exit", this.#killAtExit);
  }
}

/** Ports that nothing listens on at this moment, each another. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(0, "127.0.0.1", resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
