/** `<features>` with Hyper-V's. https://libvirt.org/formatdomain.html#hypervisor-features */
import { integer, onOff, text } from "./codecs";
import { attribute, child, element, flag, optional, type ValueOf } from "./element";

const state = { state: attribute("state", onOff) } as const;

const apic = element("apic", { eoi: optional(attribute("eoi", onOff)) });

const hyperv = element("hyperv", {
  relaxed: optional(child(element("relaxed", state))),
  vapic: optional(child(element("vapic", state))),
  spinlocks: optional(child(element("spinlocks", { ...state, retries: optional(attribute("retries", integer)) }))),
  vpindex: optional(child(element("vpindex", state))),
  runtime: optional(child(element("runtime", state))),
  synic: optional(child(element("synic", state))),
  stimer: optional(child(element("stimer", state))),
  reset: optional(child(element("reset", state))),
  vendorId: optional(child(element("vendor_id", { ...state, value: optional(attribute("value", text)) }))),
});
export type Hyperv = ValueOf<typeof hyperv>;

export const features = element("features", {
  acpi: flag("acpi"),
  apic: optional(child(apic)),
  hyperv: optional(child(hyperv)),
});
export type Features = ValueOf<typeof features>;
