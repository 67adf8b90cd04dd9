/** `<memory>` and `<vcpu>`. https://libvirt.org/formatdomain.html#memory-allocation */
import { bigInteger, integer, oneOf } from "./codecs";
import { attribute, content, element } from "./element";

/** libvirt counts in kibibytes; another unit would only be rounded up to them. */
export const memory = element("memory", { unit: attribute("unit", oneOf("KiB")), value: content(bigInteger) });

export const vcpu = element("vcpu", {
  placement: attribute("placement", oneOf("static", "auto")),
  value: content(integer),
});
