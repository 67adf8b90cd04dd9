/** Checks a DomainSpec, section by section, whichever object carries it. */
import { child, childAt, isGiven } from "../json-tree";
import { validateClock } from "./clock";
import { type VolumesOfDisks, validateDisks } from "./disks";
import type { FaultList } from "./faults";
import { validateResources } from "./resources";

export function validateDomain(faults: FaultList, domain: unknown, field: string, against: VolumesOfDisks): void {
  if (!isGiven(domain) || faults.isUnknown(domain)) return;
  validateClock(faults, child(domain, "clock"), `${field}.clock`);
  validateResources(faults, child(domain, "resources"), `${field}.resources`);
  validateDisks(faults, childAt(domain, ["devices", "disks"]), `${field}.devices.disks`, against);
  if (faults.isKnown(child(domain, "watchdog")) && faults.isKnown(childAt(domain, ["devices", "watchdog"]))) {
    faults.invalid(
      `${field}.watchdog`,
      undefined,
      `is another place for ${field}.devices.watchdog; give one of the two`,
    );
  }
}
