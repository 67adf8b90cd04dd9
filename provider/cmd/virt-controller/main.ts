/** `virt-controller`: the controllers of a Kubernetes cluster. Several run, one of them leads and works. */
import { randomBytes } from "node:crypto";
import { Command } from "commander";
import { Gauge } from "prom-client";
import { Controller } from "../../controller/controller";
import { HeartbeatWatch } from "../../controller/heartbeat-watch";
import { controllerPermissions } from "../../controller/permissions";
import { KubeClient } from "../../kube/client";
import { inClusterConnection } from "../../kube/in-cluster";
import { LeaderElection } from "../../kube/leader-election";
import { systemClock } from "../../runtime/clock";
import { createLogger, type Logger } from "../../runtime/log";
import { endOnSignal, runProgram } from "../cluster/process";
import { newMetrics, startStatusServer } from "../cluster/status-server";
import { WorkMetrics } from "../cluster/work-metrics";
import { version } from "../version";
import { collect, parsePort } from "../virt-local/defaults";

interface Flags {
  readonly namespace: string;
  readonly launcherImage: string;
  readonly launcherPullPolicy?: string;
  readonly launcherPullSecret: readonly string[];
  readonly metricsPort: number;
}

function flagsOf(argv: readonly string[]): Flags {
  return new Command("virt-controller")
    .description("the controllers that run virtual machines on a Kubernetes cluster")
    .version(version)
    .requiredOption("--launcher-image <image>", "image of the pods that hold machines' places")
    .option("--launcher-pull-policy <policy>", "when the kubelet pulls that image")
    .option(
      "--launcher-pull-secret <name>",
      "secret of the machine's namespace to pull it with (repeatable)",
      collect,
      [],
    )
    .option("--namespace <namespace>", "namespace of the leases", "kubevirt")
    .option("--metrics-port <port>", "port for /healthz, /readyz and /metrics", parsePort, 8080)
    .parse(argv)
    .opts<Flags>();
}

async function main(flags: Flags, log: Logger): Promise<void> {
  const { namespace } = flags;
  const connection = await inClusterConnection();
  const identity = process.env.POD_NAME ?? `virt-controller-${randomBytes(4).toString("hex")}`;
  const shared = { fieldManager: "virt-controller", permitted: controllerPermissions, systemNamespace: namespace };
  const metrics = newMetrics();
  const leading = new Gauge({ name: "kubevirt_leading", help: "1 while this controller leads.", registers: [metrics] });
  const work = new WorkMetrics(metrics);
  let controller: Controller | undefined;
  let reached = false;
  // It listens while another one leads, too.
  const heartbeats = new HeartbeatWatch({
    client: new KubeClient(connection, shared),
    log,
    clock: systemClock,
    systemNamespace: namespace,
  });
  const election = new LeaderElection({
    client: new KubeClient(connection, { ...shared, timeoutMs: 5_000 }),
    namespace,
    name: "virt-controller",
    identity,
    log,
    onLooked: () => {
      reached = true;
      heartbeats.contact();
    },
  });
  const status = await startStatusServer({
    port: flags.metricsPort,
    notReady: () => (reached ? undefined : "the Kubernetes API has not answered yet"),
    metrics,
  });
  let stopping = false;
  endOnSignal(async () => {
    stopping = true;
    await controller?.stop();
    await heartbeats.stop();
    await election.release();
    await status.close();
  }, log);

  heartbeats.start();
  if ((await election.acquire()) === "released") return;
  leading.set(1);
  controller = new Controller({
    client: new KubeClient(connection, { ...shared, mayWrite: () => election.isLeading() }),
    log,
    observe: (queue, outcome) => work.observe(queue, outcome),
    launchers: {
      heartbeats,
      systemNamespace: namespace,
      launcher: {
        image: flags.launcherImage,
        ...(flags.launcherPullPolicy === undefined ? {} : { pullPolicy: flags.launcherPullPolicy }),
        pullSecrets: flags.launcherPullSecret,
      },
    },
  });
  const kept = election.keep();
  const started = controller.start().catch((error: unknown) => {
    if (!stopping) throw error;
  });
  // Another one may lead by now: nothing more is written, and the kubelet starts this one anew.
  if ((await Promise.race([kept, started.then(() => kept)])) === "lost") process.exit(1);
}

const log = createLogger({ name: "virt-controller" });
runProgram(log, () => main(flagsOf(process.argv), log));
