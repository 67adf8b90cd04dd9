/** The objects that the pure functions are measured with: one machine of about 1.2 kB and four presets that match it. */
import type { VirtualMachine } from "../../provider/api/v1alpha1/virtual-machine.ts";
import type { VirtualMachinePreset } from "../../provider/api/v1alpha1/virtual-machine-preset.ts";

export const typicalMachine: VirtualMachine = {
  apiVersion: "kubevirt.io/v1alpha1",
  kind: "VirtualMachine",
  metadata: {
    name: "web",
    namespace: "production",
    labels: { app: "web", "kubevirt.io/size": "small", tier: "front" },
    annotations: { description: "the web server" },
  },
  spec: {
    domain: {
      cpu: { cores: 2 },
      resources: { requests: { memory: "512Mi", cpu: "500m" }, limits: { memory: "1Gi" } },
      machine: { type: "q35" },
      firmware: { uuid: "5d307ca9-b3ef-428c-8861-06e72d69f223" },
      clock: { utc: { offsetSeconds: 0 }, timer: { hpet: { present: false }, pit: { tickPolicy: "delay" } } },
      features: { acpi: {}, apic: { endOfInterrupt: true } },
      devices: {
        disks: [
          { name: "root", volumeName: "root", disk: { bus: "virtio" } },
          { name: "seed", volumeName: "seed", cdrom: { bus: "sata", readonly: true } },
          { name: "scratch", volumeName: "scratch", disk: { bus: "virtio" } },
        ],
        watchdog: { name: "dog", i6300esb: { action: "reset" } },
      },
    },
    volumes: [
      { name: "root", persistentVolumeClaim: { claimName: "web-root" } },
      { name: "seed", cloudInitNoCloud: { userData: "#cloud-config\nhostname: web\nssh_pwauth: false\n" } },
      { name: "scratch", emptyDisk: { capacity: "2Gi" } },
    ],
    nodeSelector: { "kubernetes.io/arch": "amd64" },
    terminationGracePeriodSeconds: 60,
  },
};

function preset(name: string, domain: VirtualMachinePreset["spec"]["domain"]): VirtualMachinePreset {
  return {
    apiVersion: "kubevirt.io/v1alpha1",
    kind: "VirtualMachinePreset",
    metadata: { name, namespace: "production" },
    spec: { selector: { matchLabels: { "kubevirt.io/size": "small" } }, domain },
  };
}

export const typicalPresets: readonly VirtualMachinePreset[] = [
  preset("m1.small", { cpu: { cores: 1 }, resources: { requests: { memory: "256Mi", "example.com/gpu": "1" } } }),
  preset("linux", { clock: { timer: { kvm: {}, rtc: { tickPolicy: "catchup" } } }, features: { acpi: {} } }),
  preset("windows-like", { features: { hyperv: { relaxed: {}, vapic: {}, spinlocks: { spinlocks: 8191 } } } }),
  preset("limits", { resources: { limits: { cpu: "2", memory: "2Gi" } }, machine: { type: "pc" } }),
];
