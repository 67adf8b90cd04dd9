/** `<cputune>`: the processor time that a domain may use at most. https://libvirt.org/formatdomain.html#cpu-tuning */
import { integer } from "./codecs";
import { childText, element, type ValueOf } from "./element";

/** Microseconds of processor time in each period, of all the domain's threads together. */
export const cputune = element("cputune", {
  globalPeriod: childText("global_period", integer),
  globalQuota: childText("global_quota", integer),
});
export type Cputune = ValueOf<typeof cputune>;
