/**
 * The network card of a machine. What an OfflineVirtualMachine starts again and again is one machine to its guest and to
 * its network: the card, and the address with it, follow from the owner's uid. Every other machine has a card of its own.
 */
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import { parseXml } from "../../core/domain-xml/parse";
import { attributeOf, childrenNamed } from "../../core/domain-xml/xml-node";
import { controllerOf } from "../../core/plan/ownership";
import { macAddressOf } from "./mac";

/** The hardware address of a machine from the API. */
export function macOf(vm: VirtualMachine): string {
  const owner = controllerOf(vm);
  const identity = owner?.kind === "OfflineVirtualMachine" ? owner.uid : vm.metadata.uid;
  if (identity === undefined) throw new Error("a machine came from the API without a UID");
  return macAddressOf(identity);
}

/** The hardware address in a domain's document, as libvirt gives it back; undefined when it has none. */
export function macOfDomain(xml: string): string | undefined {
  const root = parseXml(xml);
  const [devices] = root === undefined ? [] : childrenNamed(root, "devices");
  const [card] = devices === undefined ? [] : childrenNamed(devices, "interface");
  const [mac] = card === undefined ? [] : childrenNamed(card, "mac");
  return mac === undefined ? undefined : attributeOf(mac, "address");
}
