/** `<interface>`: a network card and what it is plugged into. https://libvirt.org/formatdomain.html#network-interfaces */
import { integer, oneOf, text, yesNo } from "./codecs";
import { attribute, child, element, optional, type ValueOf } from "./element";

const source = element("source", {
  network: optional(attribute("network", text)),
  bridge: optional(attribute("bridge", text)),
  dev: optional(attribute("dev", text)),
  mode: optional(attribute("mode", oneOf("passthrough", "bridge", "private", "vepa"))),
});

export const networkInterface = element("interface", {
  type: attribute("type", oneOf("network", "bridge", "direct", "ethernet")),
  mac: optional(child(element("mac", { address: attribute("address", text) }))),
  source: optional(child(source)),
  target: optional(
    child(element("target", { dev: attribute("dev", text), managed: optional(attribute("managed", yesNo)) })),
  ),
  model: child(element("model", { type: attribute("type", text) })),
  mtu: optional(child(element("mtu", { size: attribute("size", integer) }))),
  alias: optional(child(element("alias", { name: attribute("name", text) }))),
});
export type NetworkInterface = ValueOf<typeof networkInterface>;
