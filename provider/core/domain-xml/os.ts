/** `<os>`: architecture and machine type. https://libvirt.org/formatdomain.html#operating-system-booting */
import { oneOf, text } from "./codecs";
import { attribute, child, content, element, type ValueOf } from "./element";

const type = element("type", {
  arch: attribute("arch", text),
  machine: attribute("machine", text),
  kind: content(oneOf("hvm")),
});

export const os = element("os", { type: child(type) });
export type Os = ValueOf<typeof os>;
