/** What no machine of this architecture can be: a type without the buses that its devices need, or too many processors. */
import type { FieldError } from "../field-error";

/** The machine types of a PC that have a PCI bus. */
const pcWithPci = /^(q35|pc|pc-q35-.+|pc-i440fx-.+)$/;
/** What the interrupt controller of a PC can tell apart without the help of an IOMMU. */
const mostPcCores = 255;

export function faultsOfMachine(type: string, cores: number | undefined, arch: string): readonly FieldError[] {
  if (arch !== "x86_64") return [];
  const faults: FieldError[] = [];
  if (!pcWithPci.test(type)) {
    const detail = "has no PCI bus for the machine's devices, or does not exist; use q35, pc, or a version of these";
    faults.push({ type: "FieldValueForbidden", field: "spec.domain.machine.type", badValue: type, detail });
  }
  if (cores !== undefined && cores > mostPcCores) {
    const detail = `a machine of type ${type} has at most ${mostPcCores} cores`;
    faults.push({ type: "FieldValueForbidden", field: "spec.domain.cpu.cores", badValue: cores, detail });
  }
  return faults;
}
