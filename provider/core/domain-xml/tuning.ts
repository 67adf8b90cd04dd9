/** `<memtune>` and `<cputune>`: what a domain's processes may use at most. https://libvirt.org/formatdomain.html#cpu-tuning */
import { bigInteger, integer, oneOf } from "./codecs";
import { attribute, child, childText, content, element, type ValueOf } from "./element";

const hardLimit = element("hard_limit", { unit: attribute("unit", oneOf("KiB")), value: content(bigInteger) });

export const memtune = element("memtune", { hardLimit: child(hardLimit) });
export type Memtune = ValueOf<typeof memtune>;

/** Microseconds of processor time in each period, of all the domain's threads together. */
export const cputune = element("cputune", {
  globalPeriod: childText("global_period", integer),
  globalQuota: childText("global_quota", integer),
});
export type Cputune = ValueOf<typeof cputune>;
