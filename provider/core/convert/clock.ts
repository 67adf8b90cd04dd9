/** `clock` → `<clock>`. Timers keep one order, whatever the order in the spec. */
import type { Clock, Timer } from "../../api/v1alpha1/clock";
import type { Clock as ClockElement, Timer as TimerElement } from "../domain-xml/clock";

export function convertClock(clock: Clock | undefined): ClockElement {
  const timers = convertTimers(clock?.timer ?? {});
  if (clock?.timezone !== undefined) return { offset: "timezone", timezone: clock.timezone, timers };
  if (clock?.utc === undefined) return { offset: "utc", timers };
  return { offset: "utc", adjustment: String(clock.utc.offsetSeconds ?? "reset"), timers };
}

function convertTimers({ rtc, pit, kvm, hpet, hyperv }: Timer): readonly TimerElement[] {
  return [
    ...(rtc ? [timer("rtc", rtc.present, { track: rtc.track, tickpolicy: rtc.tickPolicy })] : []),
    ...(pit ? [timer("pit", pit.present, { tickpolicy: pit.tickPolicy })] : []),
    ...(kvm ? [timer("kvmclock", kvm.present, {})] : []),
    ...(hpet ? [timer("hpet", hpet.present, { tickpolicy: hpet.tickPolicy })] : []),
    ...(hyperv ? [timer("hypervclock", hyperv.present, {})] : []),
  ];
}

function timer(
  name: TimerElement["name"],
  present: boolean | undefined,
  rest: Pick<TimerElement, "track" | "tickpolicy">,
): TimerElement {
  return { name, ...rest, present: present ?? true };
}
