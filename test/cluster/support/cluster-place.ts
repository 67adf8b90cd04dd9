/** The real cluster as a place for suites that run elsewhere, too: installed anew, and left with nothing. */
import type { Place } from "../../e2e/lifecycle/place.ts";
import { eventually } from "../../e2e/support/wait.ts";
import { component, install, Namespace, tryKubectl, uninstall } from "./cluster.ts";
import { guestDisk } from "./machines.ts";

export interface ClusterPlace {
  readonly open: () => Promise<Place>;
  readonly close: () => Promise<void>;
}

/** With its machines in a namespace of this name. */
export function clusterPlace(name: string): ClusterPlace {
  let space: Namespace | undefined;
  return {
    open: async () => {
      await uninstall();
      await install();
      const namespace = await Namespace.create(name);
      space = namespace;
      return {
        name: "cluster",
        env: { ...process.env },
        namespace: namespace.name,
        root: { name: "root", registryDisk: { image: await guestDisk() } },
        kubectl: (args, input) => tryKubectl([`--namespace=${namespace.name}`, ...args], input),
        leave: async () => {
          await component("kill", "kube-apiserver");
        },
        comeBack: async () => {
          await component("start", "kube-apiserver");
          await eventually("the API answers", async () => {
            const { code } = await tryKubectl(["get", "vms", `--namespace=${namespace.name}`]);
            return code === 0 ? true : undefined;
          });
        },
      };
    },
    close: async () => {
      await space?.remove();
      await uninstall();
    },
  };
}
