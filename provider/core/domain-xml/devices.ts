/** `<devices>`. https://libvirt.org/formatdomain.html#devices */

import { channel } from "./channel";
import { integer, oneOf, text } from "./codecs";
import { consoleDevice, serial } from "./console";
import { disk } from "./disk";
import { attribute, child, children, element, optional, type ValueOf } from "./element";
import { graphics, video } from "./graphics";
import { networkInterface } from "./interface";

const controller = element("controller", {
  type: attribute("type", text),
  index: attribute("index", integer),
  model: optional(attribute("model", text)),
});

export const watchdog = element("watchdog", {
  model: attribute("model", text),
  action: attribute("action", oneOf("reset", "shutdown", "poweroff", "pause", "none", "dump", "inject-nmi")),
  alias: optional(child(element("alias", { name: attribute("name", text) }))),
});

export const devices = element("devices", {
  disks: children(disk),
  controllers: children(controller),
  interfaces: children(networkInterface),
  serials: children(serial),
  consoles: children(consoleDevice),
  channels: children(channel),
  graphics: children(graphics),
  videos: children(video),
  watchdogs: children(watchdog),
});
export type Devices = ValueOf<typeof devices>;
