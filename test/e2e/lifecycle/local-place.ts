/** A local engine as a place for the lifecycle suite, started with the test guest's image. */
import { run } from "../support/command.ts";
import type { LocalEngine } from "../support/local-engine.ts";
import type { Place } from "./place.ts";

export async function localPlace(engine: LocalEngine): Promise<Place> {
  await engine.start();
  await engine.importGuest("tiny");
  return {
    name: "local",
    env: engine.env,
    namespace: engine.namespace,
    root: { name: "root", ephemeral: { persistentVolumeClaim: { claimName: "tiny" } } },
    kubectl: (args, input) => {
      const given = input === undefined ? {} : { input };
      return run("kubectl", ["--namespace", engine.namespace, ...args], { env: engine.env, ...given });
    },
    leave: async () => {
      await engine.virtctl("local", "stop");
    },
    comeBack: () => engine.restart(),
  };
}
