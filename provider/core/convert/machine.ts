/**
 * What no machine of this architecture and this node can be: a type without the buses that its devices need, or that the
 * node's QEMU does not know, or too many processors.
 */
import type { FieldError } from "../field-error";
import { nearestName } from "../validation/did-you-mean";
import type { MachineFacts } from "./machine-facts";

/** The machine types of a PC that have a PCI bus. */
const pcWithPci = /^(q35|pc|pc-q35-.+|pc-i440fx-.+)$/;
/** What the interrupt controller of a PC can tell apart without the help of an IOMMU. */
const mostPcCores = 255;

export function faultsOfMachine(
  type: string,
  cores: number | undefined,
  { arch, machineTypes }: Pick<MachineFacts, "arch" | "machineTypes">,
): readonly FieldError[] {
  const faults: FieldError[] = [];
  const isPc = arch === "x86_64";
  if (isPc && !pcWithPci.test(type)) {
    const detail = "has no PCI bus for the machine's devices, or does not exist; use q35, pc, or a version of these";
    faults.push(typeFault(type, detail));
  } else if (machineTypes !== undefined && !machineTypes.includes(type)) {
    faults.push(typeFault(type, `is unknown to this node's QEMU${knownLike(type, machineTypes)}`));
  }
  if (isPc && cores !== undefined && cores > mostPcCores) {
    const detail = `a machine of type ${type} has at most ${mostPcCores} cores`;
    faults.push({ type: "FieldValueForbidden", field: "spec.domain.cpu.cores", badValue: cores, detail });
  }
  return faults;
}

function typeFault(type: string, detail: string): FieldError {
  return { type: "FieldValueForbidden", field: "spec.domain.machine.type", badValue: type, detail };
}

/** How many of the types that begin alike are named. */
const mostNamed = 8;

/** Those of the same chipset, the newest first; the shortest name of a chipset is always its newest version. */
function knownLike(type: string, known: readonly string[]): string {
  const family = /^[a-z]+-[a-z0-9]+(?=-)/.exec(type)?.[0];
  const alike = known.filter((name) => family !== undefined && name.startsWith(`${family}-`)).sort(byVersionDownwards);
  const nearest = alike.length > 0 ? undefined : nearestName(type, known);
  if (alike.length > 0) return `; it has ${alike.slice(0, mostNamed).join(", ")}`;
  return nearest === undefined ? "" : `; did you mean ${nearest}?`;
}

function byVersionDownwards(left: string, right: string): number {
  return right.localeCompare(left, "en", { numeric: true });
}
