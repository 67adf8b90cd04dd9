/** What `virtctl` understands: the commands of the local engine, of machines, and of manifests, with their options. */
import { Command } from "commander";
import type { KubeClient } from "../../kube/client";
import { version } from "../version";
import { collect, insecureRegistryHelp, parsePort, registryCaHelp } from "../virt-local/defaults";
import { type StatePaths, statePaths } from "../virt-local/state-directory";
import { connectToEngine, runningEngine } from "./connect";
import { addGuestCommands } from "./guest-commands";
import { imageImport } from "./image-import";
import { imageList, imageRemove } from "./image-list";
import { localDelete } from "./local-delete";
import { type LocalStartFlags, localStart } from "./local-start";
import { localStatus, localStop } from "./local-stop";
import { addManifestCommands } from "./manifest-commands";
import { addPipelineCommands } from "./pipeline-commands";
import { addPowerCommands } from "./power-commands";

const print = (text: string): void => void process.stdout.write(`${text}\n`);

export function program(): Command {
  const root = new Command("virtctl").description("virtual machines on this machine").version(version);
  root.option("--state-dir <folder>", "folder of the local engine (default: $KUBEVIRT_HOME or ~/.kubevirt)");
  const paths = () => statePaths(root.opts<{ stateDir?: string }>().stateDir);

  const local = root.command("local").description("the engine that runs machines on this machine's libvirt");
  local
    .command("start")
    .description("start the engine in the background")
    .option("--volume-dir <folder>", "folder of the disks")
    .option("--port <port>", "port on 127.0.0.1", parsePort)
    .option("--network <name>", "libvirt network of the guests")
    .option("--libvirt-socket <path>", "libvirt's socket")
    .option("--insecure-registry <host[:port]>", insecureRegistryHelp, collect, [])
    .option("--registry-ca <file>", registryCaHelp, collect, [])
    .action(async (flags: LocalStartFlags) => print(await localStart(paths(), flags)));
  local
    .command("stop")
    .description("stop the engine; guests go on running")
    .action(async () => print(await localStop(paths())));
  local
    .command("status")
    .description("whether the engine runs, and where its parts are; exit code 3 when it does not")
    .action(() => {
      const status = localStatus(paths());
      print(status.text);
      if (!status.running) process.exitCode = 3;
    });

  local
    .command("delete")
    .description("stop the engine and remove its folder and disks; refused while it has machines")
    .action(async () => print(await localDelete(paths(), () => connectToEngine(paths()))));

  const image = root.command("image").description("disk images of the local engine");
  image
    .command("import")
    .description("make a PersistentVolumeClaim from a qcow2 or raw image")
    .argument("<file>", "image file")
    .requiredOption("--name <claim>", "name of the claim")
    .option("-n, --namespace <namespace>", "namespace of the claim", "default")
    .action(async (file: string, flags: { name: string; namespace: string }) => {
      print(await imageImport({ file, claim: flags.name, namespace: flags.namespace, paths: paths() }));
    });
  image
    .command("list")
    .description("list the claims of all namespaces, and the disks pulled from registries")
    .action(async () => {
      const { volumes } = runningEngine(paths());
      print(await withEngine(paths(), (client) => imageList(client, volumes)));
    });
  image
    .command("remove")
    .description("remove a claim and its disk; waits while a machine uses it")
    .requiredOption("--name <claim>", "name of the claim")
    .option("-n, --namespace <namespace>", "namespace of the claim", "default")
    .action(async (claim: { name: string; namespace: string }) => {
      print(await withEngine(paths(), (client) => imageRemove(client, claim)));
    });
  addPowerCommands(root, print);
  addGuestCommands(root);
  addManifestCommands(root);
  addPipelineCommands(root);
  return root;
}

async function withEngine<T>(paths: StatePaths, work: (client: KubeClient) => Promise<T>): Promise<T> {
  const client = await connectToEngine(paths);
  try {
    return await work(client);
  } finally {
    client.connection.close();
  }
}
