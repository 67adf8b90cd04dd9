/** A controller of a cluster in a process of its own, to be measured: controller-process.ts KUBECONFIG. It ends on SIGTERM. */
import { Controller } from "../../provider/controller/controller";
import { controllerPermissions } from "../../provider/controller/permissions";
import { KubeClient } from "../../provider/kube/client";
import { loadConnection } from "../../provider/kube/kubeconfig";
import { createLogger } from "../../provider/runtime/log";

async function main(): Promise<void> {
  const connection = await loadConnection({ kubeconfig: process.argv[2], env: {} });
  const controller = new Controller({
    client: new KubeClient(connection, { fieldManager: "virt-controller", permitted: controllerPermissions }),
    log: createLogger({ name: "bench", level: "warn" }),
    launchers: { launcher: { image: "launcher" }, systemNamespace: "kubevirt" },
  });
  const contact = setInterval(() => controller.contact(), 1_000);
  await controller.start();
  process.stdout.write("ready\n");
  process.once("SIGTERM", () => {
    clearInterval(contact);
    void controller.stop().then(() => process.exit(0));
  });
}

void main();
