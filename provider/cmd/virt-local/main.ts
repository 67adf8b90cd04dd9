/**
 * `virt-local`: the local engine in the foreground. `virtctl local start` runs it in the background and is told over the
 * process channel when it is ready, or in one line why it is not.
 */
import { Command } from "commander";
import { createLogger } from "../../runtime/log";
import { version } from "../version";
import { collect, defaultNetwork, defaultPort, insecureRegistryHelp, parsePort, registryCaHelp } from "./defaults";
import { startEngine } from "./engine";
import { readRecord, type StatePaths, statePaths } from "./state-directory";

interface Flags {
  readonly stateDir?: string;
  readonly volumeDir?: string;
  readonly port?: number;
  readonly network: string;
  readonly libvirtSocket?: string;
  readonly insecureRegistry: readonly string[];
  readonly registryCa: readonly string[];
}

/** What the parent process is told. */
export type StartReport =
  | { readonly ready: true; readonly server: string }
  | { readonly ready: false; readonly error: string };

/** Milliseconds after which a stop that hangs ends the process all the same: nothing is lost by it. */
const stopPatienceMs = 10_000;

async function main(argv: readonly string[]): Promise<void> {
  const flags = new Command("virt-local")
    .description("the local engine: Kubernetes API, controller and node agent in one process")
    .version(version)
    .option("--state-dir <folder>", "folder of the engine (default: $KUBEVIRT_HOME or ~/.kubevirt)")
    .option("--volume-dir <folder>", "folder of the disks (default: below the state folder where QEMU can reach it)")
    .option(
      "--port <port>",
      `port on 127.0.0.1 (default: the one used last in this folder, or ${defaultPort})`,
      parsePort,
    )
    .option("--network <name>", "libvirt network of the guests", defaultNetwork)
    .option("--libvirt-socket <path>", "libvirt's socket")
    .option("--insecure-registry <host[:port]>", insecureRegistryHelp, collect, [])
    .option("--registry-ca <file>", registryCaHelp, collect, [])
    .parse(argv)
    .opts<Flags>();
  const log = createLogger({ name: "virt-local" });
  const paths = statePaths(flags.stateDir);
  try {
    const engine = await startEngine({
      paths,
      volumeDirectory: flags.volumeDir,
      port: flags.port ?? lastPort(paths) ?? defaultPort,
      network: flags.network,
      libvirtSocket: flags.libvirtSocket,
      registries: { insecure: flags.insecureRegistry, authorityFiles: flags.registryCa },
      log,
    });
    stopOnSignal(engine.stop, log);
    log.info({ server: engine.server, stateDirectory: paths.root }, "engine ready");
    report({ ready: true, server: engine.server });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log.error({ err: error }, "engine could not start");
    process.stderr.write(`virt-local: ${message}\n`);
    report({ ready: false, error: message });
    process.exitCode = 1;
  }
}

/** So that kubeconfigs that were copied go on working. */
function lastPort(paths: StatePaths): number | undefined {
  const record = readRecord(paths);
  return record === undefined ? undefined : Number(new URL(record.server).port);
}

function stopOnSignal(stop: () => Promise<void>, log: ReturnType<typeof createLogger>): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, "engine stopping; guests go on");
    setTimeout(() => process.exit(1), stopPatienceMs).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, "engine did not stop cleanly");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

function report(message: StartReport): void {
  if (process.send === undefined) return;
  process.send(message, () => process.disconnect());
}

void main(process.argv);
