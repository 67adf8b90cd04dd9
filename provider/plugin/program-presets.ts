/**
 * The presets of the program that runs. The engine shows the provider one resource at a time, so a machine gets the
 * settings of the presets that were checked before it. One that comes later and concerns it is refused, since the machine
 * would be made without it: the program has to say which comes first.
 *
 * An update of chosen resources (`--target`) does not show the others at all: what a machine has of a preset that this run
 * does not show is taken from the cluster.
 */
import { isDeepStrictEqual } from "node:util";
import { childAt } from "../core/json-tree";
import { presetAnnotationPrefix } from "../core/presets/match";
import type { CheckResult } from "../lifecycle/check";
import { type Fields, metadataOf, stringMap } from "../lifecycle/inputs";

/** A machine, or what makes machines, that was checked in this run. */
interface SeenMachine {
  readonly urn: string;
  readonly presets: readonly Fields[];
  readonly checkWith: (presets: readonly Fields[]) => Promise<CheckResult>;
}

export class ProgramPresets {
  readonly #presets = new Map<string, Fields>();
  readonly #machines = new Map<string, SeenMachine>();

  /** What a resource is checked with: what the program has shown, and what an earlier check of it was given besides. */
  known(urn: string): readonly Fields[] {
    const shown = [...this.#presets.values()];
    const earlier = this.#machines.get(urn)?.presets ?? [];
    return [...shown, ...earlier.filter((preset) => !shown.some((one) => isSamePreset(one, preset)))];
  }

  /** Keeps how a machine was checked, and with what. */
  rememberMachine(machine: SeenMachine): void {
    this.#machines.set(machine.urn, machine);
  }

  /** Keeps the preset for the machines after it, and returns the URNs of those before it that it concerns. */
  async rememberPreset(urn: string, preset: Fields): Promise<readonly string[]> {
    const before = this.#presets.get(urn);
    this.#presets.set(urn, preset);
    if (before !== undefined && isDeepStrictEqual(before, preset)) return [];
    const concerned: string[] = [];
    for (const machine of this.#machines.values()) {
      const others = machine.presets.filter((one) => !isSamePreset(one, preset));
      const [as, without] = await Promise.all([
        machine.checkWith([...others, preset]),
        machine.checkWith(machine.presets),
      ]);
      if (!isDeepStrictEqual([as.inputs, as.failures], [without.inputs, without.failures])) concerned.push(machine.urn);
    }
    return concerned;
  }
}

/** Names of the presets that gave `olds` settings and are neither among these nor named by the program itself. */
export function missingPresets(olds: Fields, news: Fields, presets: readonly Fields[]): readonly string[] {
  const { namespace } = metadataOf(olds);
  const known = presets.map(metadataOf).filter((metadata) => metadata.namespace === namespace);
  const named = new Set([...appliedTo(news), ...known.map(({ name }) => name)]);
  return appliedTo(olds).filter((name) => !named.has(name));
}

function appliedTo(inputs: Fields): readonly string[] {
  const template = childAt(inputs, ["spec", "template", "metadata", "annotations"]);
  return [metadataOf(inputs).annotations, template]
    .flatMap((annotations) => Object.keys(stringMap(annotations)))
    .filter((key) => key.startsWith(presetAnnotationPrefix))
    .map((key) => key.slice(presetAnnotationPrefix.length));
}

function isSamePreset(one: Fields, other: Fields): boolean {
  const [a, b] = [metadataOf(one), metadataOf(other)];
  return a.name === b.name && a.namespace === b.namespace;
}
