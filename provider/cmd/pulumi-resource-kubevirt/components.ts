/**
 * The plugin's process for components: the engine's runtime, told to make one component after the other. Its standard
 * output carries the port on which it listens; it ends with the plugin that started it.
 */
import { main } from "@pulumi/pulumi/provider";
import { constructComponent } from "../../../sdk/nodejs/hostedComponents";
import { hostInPlugin } from "../../../sdk/nodejs/hosting";
import { version } from "../version";

process.once("disconnect", () => process.exit(0));
hostInPlugin();

const construct = async (...request: Parameters<typeof constructComponent>) => constructComponent(...request);

main({ version, construct }, process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
