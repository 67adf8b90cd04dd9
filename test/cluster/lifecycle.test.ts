/** The lifecycle suite over both forms of the provider, on a real cluster. */
import { lifecycleSuite } from "../e2e/lifecycle/suite.ts";
import { eventually } from "../e2e/support/wait.ts";
import { component, install, Namespace, tryKubectl, uninstall } from "./support/cluster.ts";
import { guestDisk } from "./support/machines.ts";

let space: Namespace | undefined;

lifecycleSuite(
  async () => {
    await uninstall();
    await install();
    const namespace = await Namespace.create("lifecycle");
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
  async () => {
    await space?.remove();
    await uninstall();
  },
);
