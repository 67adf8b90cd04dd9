import * as pulumi from "@pulumi/pulumi";
import * as kubevirt from "pulumi-kubevirt";

// `pulumi config set --secret password ...`: it is encrypted in the state, and no preview, log or event shows it.
const password = new pulumi.Config().requireSecret("password");

const script = (greeting: pulumi.Input<string>) => pulumi.interpolate`#!/bin/sh
echo "${greeting}" > /run/greeting
`;

const machine = (name: string, source: kubevirt.inputs.CloudInitNoCloudSource) =>
  new kubevirt.VirtualMachine(name, {
    metadata: { name },
    spec: {
      domain: {
        cpu: { cores: 1 },
        resources: { requests: { memory: "128Mi" } },
        devices: {
          disks: [
            { name: "root", volumeName: "root", disk: { bus: "virtio" } },
            { name: "seed", volumeName: "seed", cdrom: { bus: "sata" } },
          ],
        },
      },
      volumes: [
        { name: "root", ephemeral: { persistentVolumeClaim: { claimName: "tiny" } } },
        { name: "seed", cloudInitNoCloud: source },
      ],
    },
  });

const plain = machine("plain", { userData: script(pulumi.interpolate`the password is ${password}`) });
// For documents that are no text, such as compressed ones.
const encoded = machine("encoded", {
  userDataBase64: script("from base64").apply((text) => Buffer.from(text).toString("base64")),
});
// kubectl create secret generic greeting --from-file=userdata=FILE
const referred = machine("referred", { secretRef: { name: "greeting" } });

export const ips = { plain: plain.ipAddress, encoded: encoded.ipAddress, referred: referred.ipAddress };
