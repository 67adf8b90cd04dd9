import * as pulumi from "@pulumi/pulumi";
import * as kubevirt from "pulumi-kubevirt";

// A stack of this project deploys nothing: Pulumi.yaml sets kubevirt:renderTo, so `pulumi up` writes YAML into rendered/.
const config = new pulumi.Config();

new kubevirt.VirtualMachinePreset("small", {
  metadata: { name: "m1.small" },
  spec: {
    selector: { matchLabels: { size: "small" } },
    domain: { cpu: { cores: 1 }, resources: { requests: { memory: config.get("memory") ?? "128Mi" } } },
  },
});

// For GitOps a machine that stays: a change of its template comes with its next start, and nobody has to delete anything.
new kubevirt.OfflineVirtualMachine("web", {
  metadata: { name: "web" },
  spec: {
    runStrategy: "Always",
    template: {
      metadata: { labels: { size: "small", app: "web" } },
      spec: {
        domain: {
          devices: {
            disks: [
              { name: "root", volumeName: "root", disk: { bus: "virtio" } },
              { name: "seed", volumeName: "seed", cdrom: { bus: "sata" } },
            ],
          },
        },
        volumes: [
          { name: "root", ephemeral: { persistentVolumeClaim: { claimName: "tiny" } } },
          // The file has a reference to the secret ovm-web.seed in place of this; rendered/README.md says how to make it.
          { name: "seed", cloudInitNoCloud: { userData: "#!/bin/sh\necho hello > /run/greeting\n" } },
        ],
      },
    },
  },
});

new kubevirt.VirtualMachineReplicaSet("workers", {
  metadata: { name: "workers" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "workers" } },
    template: {
      metadata: { labels: { app: "workers", size: "small" } },
      spec: {
        domain: { devices: { disks: [{ name: "root", volumeName: "root", disk: { bus: "virtio" } }] } },
        volumes: [{ name: "root", ephemeral: { persistentVolumeClaim: { claimName: "tiny" } } }],
      },
    },
  },
});
