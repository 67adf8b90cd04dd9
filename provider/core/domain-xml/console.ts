/** `<serial>` and `<console>`. https://libvirt.org/formatdomain.html#consoles-serial-parallel-channel-devices */
import { integer, oneOf, onOff, text } from "./codecs";
import { attribute, child, element, optional, type ValueOf } from "./element";

const log = element("log", { file: attribute("file", text), append: attribute("append", onOff) });

export const serial = element("serial", {
  type: attribute("type", oneOf("pty")),
  log: optional(child(log)),
  target: child(element("target", { port: attribute("port", integer) })),
});
export type Serial = ValueOf<typeof serial>;

export const consoleDevice = element("console", {
  type: attribute("type", oneOf("pty")),
  target: child(element("target", { type: attribute("type", oneOf("serial")), port: attribute("port", integer) })),
});
export type ConsoleDevice = ValueOf<typeof consoleDevice>;
