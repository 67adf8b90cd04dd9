/**
 * The project's own documents, read back: machine → domain.xml → machine → domain.xml. The second document is the first,
 * and what the machine has lost on the way is named.
 */
import { describe, expect, it } from "vitest";
import { convertVirtualMachine, type MachineFacts, printDomain } from "../../provider/core/convert";
import { effectiveVirtualMachine } from "../../provider/core/defaults";
import { importDomain } from "../../provider/core/domain-import";
import { applyPresets } from "../../provider/core/presets/apply";
import { validateObject } from "../../provider/core/validation";
import { convertRecorded, recordedMachines } from "./areas/domain";
import { type Case, outcomeOf, readCases } from "./cases";

/** What is in no document of this project, or is the node's. */
const named = /^\/domain\/(memtune|devices\/disk(\[\d+\])?\/(source|backingStore)(\/.*)?)$/;

const documents = readCases().flatMap((one) => {
  const xml = outcomeOf(one)["domain.xml"];
  return xml === undefined ? [] : [{ name: one.name, one, xml }];
});

/** Volumes by the names that the import gives them: those of their disks. */
function factsByDisk({ vm, presets, facts }: Case): MachineFacts {
  const disks = applyPresets(vm, presets).vm.spec.domain.devices?.disks ?? [];
  const volumes = disks.flatMap(({ name, volumeName }) => {
    const source = facts.volumes[volumeName];
    return source === undefined ? [] : [[name, source] as const];
  });
  return { ...facts, volumes: Object.fromEntries(volumes) };
}

describe("a document of this project, read back", () => {
  it.each(documents)("makes the same document: $name", ({ one, xml }) => {
    const { object, losses } = importDomain(xml);
    expect(validateObject(object).errors).toEqual([]);
    expect(losses.filter(({ path }) => !named.test(path))).toEqual([]);
    const { uid = "" } = one.vm.metadata;
    const again = convertVirtualMachine({ ...object, metadata: { ...object.metadata, uid } }, factsByDisk(one));
    expect(again.ok ? printDomain(again.domain) : again.errors).toEqual(xml);
  });

  it("gives back what a machine said, in its settings", () => {
    const one = documents.find(({ name }) => name === "linux-guest");
    const { object } = importDomain(one?.xml ?? "");
    const effective = effectiveVirtualMachine(object).spec.domain;
    const said = effectiveVirtualMachine(one?.one.vm ?? object).spec.domain;
    expect(effective.cpu).toEqual(said.cpu);
    expect(effective.firmware).toEqual(said.firmware);
    expect(effective.machine).toEqual(said.machine);
    expect(effective.devices?.disks?.map(({ name }) => name)).toEqual(said.devices?.disks?.map(({ name }) => name));
  });

  it("loses nothing without a name in any recorded machine", () => {
    const conversions = recordedMachines().map((machine) => convertRecorded(machine));
    const read = conversions.flatMap((conversion) =>
      conversion.ok ? [importDomain(printDomain(conversion.domain))] : [],
    );
    expect(read.length).toBeGreaterThan(10);
    for (const { object, losses } of read) {
      expect(validateObject(object).errors).toEqual([]);
      expect(losses.filter(({ path }) => !named.test(path))).toEqual([]);
    }
  });
});
