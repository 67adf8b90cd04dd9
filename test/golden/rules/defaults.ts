/** Why a machine gets other defaults here. */
import type { DefaultsCase } from "../areas/defaults";
import type { Rule } from "../difference";
import { valueAt } from "./value-at";

/** The rules about a machine's defaults, for whoever compares machines with defaults, given the domain before them. */
export function rulesOfDefaults<Case>(
  domainOf: (recorded: Case) => unknown,
  pathOf: (at: string) => string,
): readonly Rule<Case>[] {
  const rule = (
    id: string,
    path: string,
    isDefault: (ours: string | undefined, theirs: string | undefined) => boolean,
  ) => ({
    id,
    explains: (
      { at, ours, theirs }: { at: string; ours: string | undefined; theirs: string | undefined },
      recorded: Case,
    ) => pathOf(at) === path && !valueAt(domainOf(recorded), path) && isDefault(ours, theirs),
  });
  return [
    rule("memory-that-a-guest-can-use", "resources.requests.memory", (ours) => ours !== undefined),
    rule("a-uuid-is-derived", "firmware.uuid", (ours, theirs) => ours === undefined && /random/.test(theirs ?? "")),
  ];
}

const belowDomain = (at: string) => at.replace(/^domain\./, "");

export const defaultsRules: readonly Rule<DefaultsCase>[] = [
  ...rulesOfDefaults<DefaultsCase>(({ given }) => valueAt(given, "domain"), belowDomain),
  {
    id: "a-lun-is-on-scsi",
    explains: ({ at, ours }, { given }) => /\.lun\.bus$/.test(at) && ours === "scsi" && !valueAt(given, at),
  },
  {
    id: "one-kind-of-target",
    explains({ at }, { given }) {
      const disk = /^domain\.devices\.disks\[\d+\]/.exec(at)?.[0] ?? "";
      return ["disk", "lun", "floppy", "cdrom"].filter((target) => valueAt(given, `${disk}.${target}`)).length > 1;
    },
  },
  {
    id: "requests-are-kept",
    explains: ({ at, ours, theirs }, { given }) =>
      /\.resources\.requests\./.test(at) &&
      ours !== undefined &&
      theirs === undefined &&
      valueAt(given, at) !== undefined,
  },
  {
    id: "defaults-belong-to-machines",
    explains: ({ at, theirs }, { kind }) =>
      kind !== "VirtualMachine" &&
      theirs === undefined &&
      /^domain\.(machine\.type|features\.acpi\.enabled|devices\.disks\[\d+\]\.\w+\.bus)$/.test(at),
  },
  { id: "no-crash", explains: ({ at }, { crashed }) => at === "answer" && crashed },
];
