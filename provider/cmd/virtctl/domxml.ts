/** `virtctl domxml`: the libvirt document that the node agent would define for a machine of a manifest. */
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import { convertVirtualMachine, type MachineFacts, printDomain } from "../../core/convert";
import { type ManifestObject, readManifests } from "../../manifest";
import { type Answer, allowed, refusal, refused, unreadable } from "./answer";
import { faultLine, readingFaultLine, renderDiagnostics } from "./diagnostics";
import { fieldInObject, machineIn } from "./effective";
import { identityOf, type Judgement, judge, subjectOf } from "./judge";
import { placeholderFacts, withUid } from "./machine-placeholders";

export interface DomxmlFlags {
  readonly filename: readonly string[];
  /** `name` or `namespace/name`; of several machines, the one that is meant. */
  readonly name?: string;
  readonly domainType: MachineFacts["domainType"];
}

export function domxml({ filename, name, domainType }: DomxmlFlags): Answer {
  const { objects, faults } = readManifests(filename);
  if (faults.length > 0) return refusal(unreadable, renderDiagnostics(faults.map(readingFaultLine)));
  const judgements = judge(objects);
  const candidates = judgements.filter(({ source, ours }) => ours && makesMachine(source) && isNamed(source, name));
  const [chosen, ...others] = candidates;
  if (chosen === undefined || others.length > 0) {
    const known = judgements.filter(({ source, ours }) => ours && makesMachine(source));
    return refusal(refused, `${choice(known, name)}\n`);
  }
  const { source, errors, merged } = chosen;
  // A preset that is refused may be the one that the machine needs.
  const causes = [
    ...judgements
      .filter((one) => one === chosen || isBrokenPreset(one))
      .flatMap((one) => one.errors.map((error) => faultLine(one.source, error))),
    ...(merged?.faults ?? []).map((error) => faultLine(source, error)),
  ];
  const object = merged?.object ?? source.object;
  const machine = errors.length === 0 ? machineIn(object) : undefined;
  if (causes.length > 0 || machine === undefined) return refusal(refused, renderDiagnostics(causes));
  return print(withUid(machine), domainType, source);
}

function print(vm: VirtualMachine, domainType: MachineFacts["domainType"], source: ManifestObject): Answer {
  const conversion = convertVirtualMachine(vm, placeholderFacts(vm, domainType));
  if (conversion.ok) return { stdout: printDomain(conversion.domain), stderr: "", exitCode: allowed };
  const causes = conversion.errors.map((error) =>
    faultLine(source, { ...error, field: fieldInObject(source.object, error.field) }),
  );
  return refusal(refused, renderDiagnostics(causes));
}

function makesMachine({ object }: ManifestObject): boolean {
  return identityOf(object).kind !== "VirtualMachinePreset";
}

function isBrokenPreset({ source, ours, errors }: Judgement): boolean {
  return ours && errors.length > 0 && !makesMachine(source);
}

function isNamed({ object }: ManifestObject, wanted: string | undefined): boolean {
  const { namespace, name } = identityOf(object);
  return wanted === undefined || wanted === name || wanted === `${namespace || "default"}/${name}`;
}

function choice(known: readonly Judgement[], wanted: string | undefined): string {
  const names = known.map(({ source }) => subjectOf(source.object)).join(", ");
  if (known.length === 0)
    return "the input has no machine: no VirtualMachine, OfflineVirtualMachine or VirtualMachineReplicaSet";
  const which =
    wanted === undefined ? "the input has several machines" : `no single machine is called ${JSON.stringify(wanted)}`;
  return `${which}; choose one with --name NAME or --name NAMESPACE/NAME: ${names}`;
}
