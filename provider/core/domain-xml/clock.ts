/** `<clock>` and its `<timer>`s. https://libvirt.org/formatdomain.html#time-keeping */
import { oneOf, text, yesNo } from "./codecs";
import { attribute, children, element, optional, type ValueOf } from "./element";

export const timer = element("timer", {
  name: attribute("name", oneOf("rtc", "pit", "kvmclock", "hpet", "hypervclock", "tsc", "platform", "armvtimer")),
  track: optional(attribute("track", oneOf("guest", "wall", "boot", "realtime"))),
  tickpolicy: optional(attribute("tickpolicy", oneOf("delay", "catchup", "merge", "discard"))),
  present: optional(attribute("present", yesNo)),
});
export type Timer = ValueOf<typeof timer>;

export const clock = element("clock", {
  offset: attribute("offset", oneOf("utc", "localtime", "timezone", "variable", "absolute")),
  /** Seconds ahead of UTC, or `reset`. */
  adjustment: optional(attribute("adjustment", text)),
  timezone: optional(attribute("timezone", text)),
  timers: children(timer),
});
export type Clock = ValueOf<typeof clock>;
