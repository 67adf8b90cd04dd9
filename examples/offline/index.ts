import * as pulumi from "@pulumi/pulumi";
import * as kubevirt from "pulumi-kubevirt";

// `pulumi config set state Halted` and the next `pulumi up` stop the machine; `Always` starts it again.
const runStrategy = new pulumi.Config().get("state") === "Halted" ? "Halted" : "Always";

// Counts the starts of this machine on a disk that stays when the machine goes.
const userData = `#!/bin/sh
starts=$(head -c 8 /dev/vdb | tr -dc 0-9)
starts=$((starts + 1))
printf '%-8s' "$starts" | dd of=/dev/vdb conv=notrunc,fsync 2>/dev/null
echo "start $starts" > /run/greeting
`;

const counter = new kubevirt.OfflineVirtualMachine("counter", {
  metadata: { name: "counter" },
  spec: {
    runStrategy,
    template: {
      metadata: { labels: { app: "counter" } },
      spec: {
        domain: {
          cpu: { cores: 1 },
          resources: { requests: { memory: "128Mi" } },
          devices: {
            disks: [
              { name: "root", volumeName: "root", disk: { bus: "virtio" } },
              { name: "data", volumeName: "data", disk: { bus: "virtio" } },
              { name: "seed", volumeName: "seed", cdrom: { bus: "sata" } },
            ],
          },
        },
        volumes: [
          { name: "root", ephemeral: { persistentVolumeClaim: { claimName: "tiny" } } },
          { name: "data", persistentVolumeClaim: { claimName: "data" } },
          { name: "seed", cloudInitNoCloud: { userData } },
        ],
      },
    },
  },
});

export const ip = counter.ipAddress;
export const ready = counter.ready;
