import * as kubevirt from "pulumi-kubevirt";

// What a machine is called small for. A preset touches the machines that its selector matches, and no others.
new kubevirt.VirtualMachinePreset("small", {
  metadata: { name: "m1.small" },
  spec: {
    selector: { matchLabels: { size: "small" } },
    domain: { cpu: { cores: 1 }, resources: { requests: { memory: "128Mi" } } },
  },
});

new kubevirt.VirtualMachinePreset("large", {
  metadata: { name: "m1.large" },
  spec: {
    selector: { matchLabels: { size: "large" } },
    domain: { cpu: { cores: 2 }, resources: { requests: { memory: "256Mi" } } },
  },
});

// Presets add up as long as they do not contradict each other: this one is about whoever has no opt-out.
new kubevirt.VirtualMachinePreset("watched", {
  metadata: { name: "watched" },
  spec: {
    selector: { matchExpressions: [{ key: "watched", operator: "NotIn", values: ["no"] }] },
    domain: { watchdog: { name: "watchdog", i6300esb: { action: "reset" } }, clock: { utc: { offsetSeconds: 0 } } },
  },
});

const machine = (name: string, labels: Record<string, string>, domain: kubevirt.inputs.DomainSpec = {}) =>
  new kubevirt.VirtualMachine(name, {
    metadata: { name, labels },
    spec: {
      domain: { ...domain, devices: { disks: [{ name: "root", volumeName: "root", disk: { bus: "virtio" } }] } },
      volumes: [{ name: "root", ephemeral: { persistentVolumeClaim: { claimName: "tiny" } } }],
    },
  });

const web = machine("web", { size: "small" });
// What a machine says itself counts more than what a preset says.
const batch = machine("batch", { size: "large", watched: "no" }, { cpu: { cores: 1 } });

export const ips = { web: web.ipAddress, batch: batch.ipAddress };
