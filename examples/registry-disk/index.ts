import * as pulumi from "@pulumi/pulumi";
import * as kubevirt from "pulumi-kubevirt";

// A container image with one disk in it: FROM scratch, COPY debian.qcow2 /disk/ (docs/registry-disks.md).
//   pulumi config set image registry.example/disks/debian:12
const image = new pulumi.Config().require("image");

// The guest runs this at its first boot; it answers on port 80 with what is in /run/greeting.
const userData = `#!/bin/sh
echo "Hello from $(hostname), pulled from a registry" > /run/greeting
`;

const web = new kubevirt.VirtualMachine("web", {
  metadata: { name: "web" },
  spec: {
    domain: {
      resources: { requests: { memory: "128Mi" } },
      devices: {
        disks: [
          { name: "root", volumeName: "root", disk: { bus: "virtio" } },
          { name: "seed", volumeName: "seed", cdrom: { bus: "sata" } },
        ],
      },
    },
    volumes: [
      // The node pulls the image once; each machine writes to an overlay of its own, which goes with it.
      { name: "root", registryDisk: { image } },
      { name: "seed", cloudInitNoCloud: { userData } },
    ],
  },
});

export const ip = web.ipAddress;
export const phase = web.phase;
