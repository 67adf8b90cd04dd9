import * as pulumi from "@pulumi/pulumi";
import * as kubevirt from "pulumi-kubevirt";

//   pulumi config set registry registry.example.com/kubevirt
const config = new pulumi.Config();
const tag = config.get("tag") ?? "";
const insecureRegistry = config.get("insecureRegistry") ?? "";

// Everything that the cluster of the kubeconfig needs to run virtual machines. A preview refuses to overwrite another
// KubeVirt that is there.
const controlPlane = new kubevirt.ControlPlane("kubevirt", {
  image: { registry: config.require("registry"), ...(tag === "" ? {} : { tag }) },
  ...(insecureRegistry === "" ? {} : { insecureRegistries: [insecureRegistry] }),
});

// A machine of the same program waits until the control plane runs, and goes before it does.
const disk = config.get("disk") ?? "";
const first =
  disk === ""
    ? undefined
    : new kubevirt.VirtualMachine("first", {
        metadata: { name: "first", namespace: "default" },
        spec: {
          domain: {
            resources: { requests: { memory: "128Mi" } },
            devices: { disks: [{ name: "root", volumeName: "root", disk: { bus: "virtio" } }] },
          },
          volumes: [{ name: "root", registryDisk: { image: disk } }],
        },
      });

export const namespace = controlPlane.namespace;
export const version = controlPlane.version;
export const ready = controlPlane.ready;
export const ip = first?.ipAddress ?? "";
