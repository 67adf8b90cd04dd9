/**
 * Compares defaults, leaf by leaf of a machine's spec. Here they are filled in on machines alone, so a template is compared
 * as the machine that it makes, and a preset as a machine that has nothing but its settings.
 */
import { parseQuantity } from "../../../provider/api/quantity";
import type { VirtualMachine } from "../../../provider/api/v1alpha1/virtual-machine";
import { effectiveVirtualMachine } from "../../../provider/core/defaults";
import { childAt, isObject } from "../../../provider/core/json-tree";
import { differencesOf } from "../difference";
import type { RecordedLine } from "../recorded-line";
import { defaultsRules } from "../rules/defaults";
import type { Area } from "./area";

export interface DefaultsCase {
  readonly kind: string;
  /** The machine's spec as it was given; undefined when the object has none. */
  readonly given: unknown;
  /** The spec with defaults; undefined where the original crashed. */
  readonly expected: unknown;
  readonly crashed: boolean;
}

export const defaultsArea: Area<DefaultsCase> = {
  name: "defaults",
  read({ input, expect }: RecordedLine): DefaultsCase | undefined {
    const { kind, object } = input;
    const crashed = expect.panic !== undefined;
    const answer = expect.canonical ?? expect.object;
    if (typeof kind !== "string" || !isObject(object) || !(crashed || isObject(answer))) return undefined;
    const spec = templates.includes(kind) ? ["spec", "template", "spec"] : ["spec"];
    const only = kind === "VirtualMachinePreset" ? withoutSelector : (one: unknown) => one;
    return { kind, given: only(childAt(object, spec)), expected: only(childAt(answer, spec)), crashed };
  },
  compare({ given, expected, crashed }) {
    const ours = isObject(childAt(given, ["domain"])) ? effectiveSpec(given) : given;
    if (crashed) return [{ at: "answer", ours: "an answer", theirs: "a crash" }];
    return differencesOf(leaves(ours, ""), leaves(expected, ""));
  },
  rules: defaultsRules,
};

const templates = ["OfflineVirtualMachine", "VirtualMachineReplicaSet"];

function withoutSelector(spec: unknown): unknown {
  const { selector: _selector, ...rest } = Object(spec);
  return rest;
}

function effectiveSpec(spec: unknown): unknown {
  const vm = { apiVersion: "kubevirt.io/v1alpha1", kind: "VirtualMachine", metadata: { name: "one" }, spec };
  return effectiveVirtualMachine(vm as unknown as VirtualMachine).spec;
}

/** Path → value. Empty objects, and false where false is the default, say nothing. */
function leaves(value: unknown, path: string): Map<string, string> {
  if (Array.isArray(value)) return merged(value.map((item, index) => leaves(item, `${path}[${index}]`)));
  if (isObject(value)) {
    const inner = Object.entries(value).map(([key, one]) => leaves(one, path === "" ? key : `${path}.${key}`));
    return merged(inner);
  }
  if (value === undefined || value === null || value === "") return new Map();
  if (value === false && /\.(disk|lun|floppy)\.readonly$|\.endOfInterrupt$/.test(path)) return new Map();
  if (value === 0 && path === "domain.cpu.cores") return new Map();
  return new Map([[path, path.startsWith("domain.resources.") ? amount(value) : String(value)]]);
}

function merged(maps: readonly Map<string, string>[]): Map<string, string> {
  return new Map(maps.flatMap((map) => [...map]));
}

function amount(quantity: unknown): string {
  const exact = typeof quantity === "string" || typeof quantity === "number" ? parseQuantity(quantity) : undefined;
  return String(exact?.nanos ?? quantity);
}
