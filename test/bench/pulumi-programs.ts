/** The programs that are measured: the same machines as resources, as one set, as naive dynamic resources, and as nothing. */

const spec = {
  nodeSelector: { "bench.example/nowhere": "true" },
  domain: {
    resources: { requests: { memory: "128Mi" } },
    devices: { disks: [{ name: "root", volumeName: "root", disk: { bus: "virtio" } }] },
  },
  volumes: [{ name: "root", ephemeral: { persistentVolumeClaim: { claimName: "tiny" } } }],
};

/** The spec of every machine, the same for all programs, so that they carry the same state. */
export const specOf = () => spec;

/** Of literal types, as a program that is written by hand has it. */
const text = JSON.stringify(spec);

const skipAwait = `annotations: { "pulumi.com/skipAwait": "true" }`;

export const machines = (count: number) => `
import * as kubevirt from "pulumi-kubevirt";
for (let index = 0; index < ${count}; index += 1) {
  new kubevirt.VirtualMachine(\`vm-\${index}\`, {
    metadata: { ${skipAwait} },
    spec: ${text},
  });
}`;

export const replicaSet = (count: number) => `
import * as kubevirt from "pulumi-kubevirt";
new kubevirt.VirtualMachineReplicaSet("vms", {
  metadata: { ${skipAwait} },
  spec: {
    replicas: ${count},
    selector: { matchLabels: { app: "bench" } },
    template: { metadata: { labels: { app: "bench" } }, spec: ${text} },
  },
});`;

/** As people write them: the provider's code goes into the state with each resource. */
export const naive = (count: number) => `
import * as pulumi from "@pulumi/pulumi";
const provider: pulumi.dynamic.ResourceProvider = {
  create: async (inputs) => ({ id: inputs.name, outs: inputs }),
};
class Naive extends pulumi.dynamic.Resource {
  constructor(name: string, inputs: pulumi.Inputs) {
    super(provider, name, inputs);
  }
}
for (let index = 0; index < ${count}; index += 1) {
  new Naive(\`vm-\${index}\`, {
    name: \`vm-\${index}\`,
    spec: ${text},
  });
}`;

export const components = (count: number) => `
import * as pulumi from "@pulumi/pulumi";
for (let index = 0; index < ${count}; index += 1) {
  new pulumi.ComponentResource("bench:index:Empty", \`vm-\${index}\`);
}`;
