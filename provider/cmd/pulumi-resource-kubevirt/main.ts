/**
 * `pulumi-resource-kubevirt`: the provider as a process that Pulumi's engine starts. Its standard output carries the port
 * on which it listens, and nothing else.
 */
import { Console } from "node:console";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { EngineLog } from "../../plugin/engine-log";
import { type Plugin, servePlugin } from "../../plugin/server";
import { version } from "../version";
import { startComponentHost } from "./component-host";

// Whatever a library prints goes where the engine expects words.
globalThis.console = new Console(process.stderr, process.stderr);

async function main(engineAddress: string | undefined): Promise<void> {
  let plugin: Plugin | undefined;
  const stop = () => {
    Promise.resolve(plugin?.stop()).then(() => process.exit(0), fail);
  };
  plugin = await servePlugin({
    engineAddress,
    version,
    // From dist/provider/cmd/pulumi-resource-kubevirt to the package's folder.
    schema: () => readFile(join(__dirname, "../../../../schema.json"), "utf8"),
    connectEngine: (address) =>
      new EngineLog({
        address,
        onFailure: ({ message }) => process.stderr.write(`the engine did not take a message: ${message}\n`),
        onGone: stop,
      }),
    startComponentHost,
  });
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  process.stdout.write(`${plugin.port}\n`);
}

function fail(error: unknown): never {
  process.stderr.write(`pulumi-resource-kubevirt: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

main(process.argv.slice(2).find((argument) => !argument.startsWith("-"))).catch(fail);
