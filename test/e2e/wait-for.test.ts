/** Waiting for what guests do, over both forms of the provider, on a local engine. */
import { localPlace } from "./lifecycle/local-place.ts";
import { waitingSuite } from "./lifecycle/waiting.ts";
import { LocalEngine } from "./support/local-engine.ts";

let engine: LocalEngine | undefined;

waitingSuite(
  async () => {
    engine = await LocalEngine.create();
    return localPlace(engine);
  },
  async () => {
    await engine?.remove();
  },
);
