/** `<cpu>`: model and topology. https://libvirt.org/formatdomain.html#cpu-model-and-topology */
import { integer, oneOf } from "./codecs";
import { attribute, child, element, optional, type ValueOf } from "./element";

const topology = element("topology", {
  sockets: attribute("sockets", integer),
  cores: attribute("cores", integer),
  threads: attribute("threads", integer),
});

export const cpu = element("cpu", {
  mode: optional(attribute("mode", oneOf("host-model", "host-passthrough", "custom", "maximum"))),
  topology: optional(child(topology)),
});
export type Cpu = ValueOf<typeof cpu>;
