import * as pulumi from "@pulumi/pulumi";
import * as kubevirt from "pulumi-kubevirt";

// `pulumi config set replicas 5` and `pulumi up`, or `kubectl scale vmrs/farm --replicas=5`.
const replicas = new pulumi.Config().getNumber("replicas") ?? 2;

const farm = new kubevirt.VirtualMachineReplicaSet("farm", {
  metadata: { name: "farm" },
  spec: {
    replicas,
    // The set knows its machines by their labels: the template has to carry what the selector asks for.
    selector: { matchLabels: { app: "farm" } },
    template: {
      metadata: { labels: { app: "farm" } },
      spec: {
        terminationGracePeriodSeconds: 5,
        domain: {
          cpu: { cores: 1 },
          resources: { requests: { memory: "96Mi" } },
          devices: { disks: [{ name: "root", volumeName: "root", disk: { bus: "virtio" } }] },
        },
        // Every machine has a throw-away copy of one image.
        volumes: [{ name: "root", ephemeral: { persistentVolumeClaim: { claimName: "tiny" } } }],
      },
    },
  },
});

export const wanted = replicas;
export const running = farm.readyReplicas;
