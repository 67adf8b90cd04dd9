/** `<graphics>` and `<video>`. https://libvirt.org/formatdomain.html#graphical-framebuffers */
import { integer, oneOf } from "./codecs";
import { attribute, child, element, optional, type ValueOf } from "./element";

/** A socket without a path is made by libvirt, in a folder of the domain's own. */
const listen = element("listen", { type: attribute("type", oneOf("socket")) });

export const graphics = element("graphics", { type: attribute("type", oneOf("vnc")), listen: child(listen) });
export type Graphics = ValueOf<typeof graphics>;

const model = element("model", {
  type: attribute("type", oneOf("vga", "virtio", "bochs", "none")),
  heads: optional(attribute("heads", integer)),
  /** In kibibytes. */
  vram: optional(attribute("vram", integer)),
});

export const video = element("video", { model: child(model) });
export type Video = ValueOf<typeof video>;
