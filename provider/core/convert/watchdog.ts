/** `devices.watchdog` → `<watchdog>`. */
import type { Watchdog } from "../../api/v1alpha1/watchdog";
import type { Devices as DevicesElement } from "../domain-xml/devices";

export function convertWatchdog(watchdog: Watchdog | undefined): DevicesElement["watchdogs"] {
  if (watchdog === undefined) return [];
  // Disks are named by DNS labels, so an underscore keeps this alias apart from theirs.
  const alias = { name: `ua-watchdog_${watchdog.name}` };
  return [{ model: "i6300esb", action: watchdog.i6300esb?.action ?? "reset", alias }];
}
