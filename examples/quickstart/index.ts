import * as kubevirt from "pulumi-kubevirt";

// Every machine labelled size=small gets one core and 128 MiB, unless it says otherwise.
new kubevirt.VirtualMachinePreset("small", {
  metadata: { name: "m1.small" },
  spec: {
    selector: { matchLabels: { size: "small" } },
    domain: { cpu: { cores: 1 }, resources: { requests: { memory: "128Mi" } } },
  },
});

// The guest runs this at its first boot; it answers on port 80 with what is in /run/greeting.
const userData = `#!/bin/sh
echo "Hello from $(hostname), told by cloud-init" > /run/greeting
`;

const web = new kubevirt.VirtualMachine("web", {
  metadata: { name: "web", labels: { size: "small" } },
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
      // A throw-away copy of the image that `virtctl image import guest.qcow2 --name tiny` made a claim of.
      { name: "root", ephemeral: { persistentVolumeClaim: { claimName: "tiny" } } },
      { name: "seed", cloudInitNoCloud: { userData } },
    ],
  },
});

export const ip = web.ipAddress;
export const node = web.nodeName;
export const phase = web.phase;
