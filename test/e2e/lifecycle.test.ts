/** The lifecycle suite over both forms of the provider, on a local engine. */
import { localPlace } from "./lifecycle/local-place.ts";
import { lifecycleSuite } from "./lifecycle/suite.ts";
import { LocalEngine } from "./support/local-engine.ts";

let engine: LocalEngine | undefined;

lifecycleSuite(
  async () => {
    engine = await LocalEngine.create();
    return localPlace(engine);
  },
  async () => {
    await engine?.remove();
  },
);
