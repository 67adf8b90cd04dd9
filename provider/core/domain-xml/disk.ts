/** `<disk>`. https://libvirt.org/formatdomain.html#hard-drives-floppy-disks-cdroms */
import { integer, oneOf, text } from "./codecs";
import { attribute, child, element, flag, optional, type ValueOf } from "./element";

const source = element("source", { file: optional(attribute("file", text)), dev: optional(attribute("dev", text)) });
const format = element("format", { type: attribute("type", oneOf("raw", "qcow2")) });

/**
 * The image below an overlay, given in full so that nobody opens the overlay's header to find it. An empty element
 * says that there is none, whatever the header claims.
 */
const backingStore = element("backingStore", {
  type: optional(attribute("type", oneOf("file"))),
  format: optional(child(format)),
  source: optional(child(element("source", { file: attribute("file", text) }))),
  end: flag("backingStore"),
});

const driver = element("driver", {
  name: attribute("name", oneOf("qemu")),
  type: attribute("type", oneOf("raw", "qcow2")),
});

const target = element("target", {
  dev: attribute("dev", text),
  bus: attribute("bus", oneOf("virtio", "sata", "scsi", "usb", "ide", "fdc")),
  tray: optional(attribute("tray", oneOf("open", "closed"))),
});

export const disk = element("disk", {
  type: attribute("type", oneOf("file", "block")),
  device: attribute("device", oneOf("disk", "lun", "floppy", "cdrom")),
  driver: child(driver),
  source: child(source),
  backingStore: child(backingStore),
  target: child(target),
  readonly: flag("readonly"),
  boot: optional(child(element("boot", { order: attribute("order", integer) }))),
  alias: optional(child(element("alias", { name: attribute("name", text) }))),
});
export type Disk = ValueOf<typeof disk>;
