/** `<interface>`: a network card and what it is plugged into. https://libvirt.org/formatdomain.html#network-interfaces */
import { oneOf, text } from "./codecs";
import { attribute, child, element, optional, type ValueOf } from "./element";

const source = element("source", {
  network: optional(attribute("network", text)),
  bridge: optional(attribute("bridge", text)),
  dev: optional(attribute("dev", text)),
  mode: optional(attribute("mode", oneOf("passthrough", "bridge", "private", "vepa"))),
});

export const networkInterface = element("interface", {
  type: attribute("type", oneOf("network", "bridge", "direct")),
  mac: optional(child(element("mac", { address: attribute("address", text) }))),
  source: child(source),
  model: child(element("model", { type: attribute("type", text) })),
  alias: optional(child(element("alias", { name: attribute("name", text) }))),
});
export type NetworkInterface = ValueOf<typeof networkInterface>;
