/** DomainSpec: the machine itself, without the bytes of its disks. A subset of what libvirt's domains can say. */
import { z } from "zod";
import type { DeepReadonly } from "../deep-readonly";
import { withHints } from "../kubernetes-hints";
import { Clock } from "./clock";
import { Cpu } from "./cpu";
import { Devices } from "./devices";
import { Features } from "./features";
import { Firmware } from "./firmware";
import { Machine } from "./machine";
import { Resources } from "./resources";
import { Watchdog } from "./watchdog";

export const DomainSpec = withHints(
  z.strictObject({
    clock: Clock.optional().describe("Clock and timers. Default: UTC and the hypervisor's timers."),
    cpu: Cpu.optional().describe("Processor. Default: one core."),
    devices: Devices.optional().describe("Devices. Default: a network card and a serial console."),
    features: Features.optional().describe("Features of machine and processor. Default: ACPI."),
    firmware: Firmware.optional().describe("Firmware. Default: BIOS with a derived UUID."),
    machine: Machine.optional().describe("Machine type. Default: q35."),
    resources: Resources.optional().describe("Memory and processor time. Default: 512Mi of memory."),
    watchdog: Watchdog.optional().describe("Another place for `devices.watchdog`; give one of the two. Default: none."),
  }),
  {
    rules: [
      {
        rule: "!(has(self.watchdog) && has(self.devices) && has(self.devices.watchdog))",
        message: "watchdog is another place for devices.watchdog: give one of the two",
        fieldPath: ".watchdog",
      },
    ],
  },
);
export type DomainSpec = DeepReadonly<z.infer<typeof DomainSpec>>;
