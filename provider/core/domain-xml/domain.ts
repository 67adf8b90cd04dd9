/** `<domain>`: a whole machine, in the order in which libvirt prints one. https://libvirt.org/formatdomain.html */
import { clock } from "./clock";
import { oneOf, text } from "./codecs";
import { commandLine } from "./command-line";
import { cpu } from "./cpu";
import { devices } from "./devices";
import { attribute, child, childText, element, optional, type ValueOf } from "./element";
import { features } from "./features";
import { memory, vcpu } from "./memory";
import { metadata } from "./metadata";
import { os } from "./os";
import { parseXml } from "./parse";
import { printXml } from "./print";
import { cputune } from "./tuning";

const lifecycleAction = oneOf(
  "destroy",
  "restart",
  "preserve",
  "rename-restart",
  "coredump-destroy",
  "coredump-restart",
);

export const domain = element("domain", {
  type: attribute("type", oneOf("kvm", "qemu")),
  name: childText("name", text),
  uuid: childText("uuid", text),
  metadata: child(metadata),
  memory: child(memory),
  vcpu: child(vcpu),
  cputune: optional(child(cputune)),
  os: child(os),
  features: child(features),
  cpu: optional(child(cpu)),
  clock: child(clock),
  onPoweroff: childText("on_poweroff", lifecycleAction),
  onReboot: childText("on_reboot", lifecycleAction),
  onCrash: childText("on_crash", lifecycleAction),
  devices: child(devices),
  commandLine: optional(child(commandLine)),
});
export type Domain = ValueOf<typeof domain>;

export function printDomain(value: Domain): string {
  return printXml(domain.encode(value));
}

/** A domain as this project prints them; undefined for text that is none. */
export function parseDomain(xml: string): Domain | undefined {
  const node = parseXml(xml);
  return node === undefined ? undefined : domain.decode(node);
}
