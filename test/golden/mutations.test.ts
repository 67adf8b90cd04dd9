/**
 * Objects for which nothing was recorded: recorded inputs with changes. They are judged by the definitions that are
 * written down apart from the implementation, and by the same documented differences. One seed repeats one run.
 */
import { describe, expect, it } from "vitest";
import { parseDomain, printDomain } from "../../provider/core/convert";
import { child, childAt, items } from "../../provider/core/json-tree";
import { convertRecorded, recordedMachines } from "./areas/domain";
import { presetArea } from "./areas/preset";
import { validateArea } from "./areas/validate";
import { faultsByDefinition } from "./areas/validate-definition";
import { renderDifference } from "./difference";
import { judgeLine } from "./judge";
import { mutated, mutatedDomain, randomOf } from "./mutations";
import { type RecordedLine, recordedLines } from "./recorded-line";

const rounds = Number(process.env.GOLDEN_ROUNDS ?? 10);
const seed = Number(process.env.GOLDEN_SEED ?? 20_180_504);

describe(`recorded inputs with changes (GOLDEN_SEED=${seed} GOLDEN_ROUNDS=${rounds})`, () => {
  it("are validated by the original's rules and the documented ones", () => {
    const random = randomOf(seed);
    const surprises: string[] = [];
    for (const line of recordedLines("validate").filter(isDecodable)) {
      for (let round = 0; round < rounds; round += 1) {
        const object = mutated(validateArea.read(line)?.object, random);
        const fields = [...faultsByDefinition(object)];
        const answer = { allowed: fields.length === 0, causes: fields.map((field) => ({ field })) };
        const changed = { ...line, input: { ...line.input, object }, expect: answer, repaired: undefined };
        const { judgement } = judgeLine(changed);
        if (judgement.is === "surprise") surprises.push(`${judgement.differences.join()} in ${JSON.stringify(object)}`);
      }
    }
    expect(surprises.slice(0, 5)).toEqual([]);
  });

  it("get presets by the definition of a setting", () => {
    const random = randomOf(seed);
    const surprises: string[] = [];
    for (const line of recordedLines("preset")) {
      for (let round = 0; round < rounds; round += 1) {
        const changed = presetArea.read({ ...line, input: withMutatedDomains(line.input, random) });
        if (changed === undefined || [changed.domain, ...changed.matched.map(({ domain }) => domain)].some(saysTwice))
          continue;
        const differences = presetArea.compare(changed);
        const undefinable = differences.filter(({ at }) => at.startsWith("by definition"));
        if (undefinable.length > 0)
          surprises.push(`${undefinable.map(renderDifference).join()} in ${JSON.stringify(changed)}`);
      }
    }
    expect(surprises.slice(0, 5)).toEqual([]);
  });

  it("become a domain that can be read back, or are refused with a field each", () => {
    const random = randomOf(seed);
    let converted = 0;
    for (const machine of recordedMachines()) {
      for (let round = 0; round < rounds; round += 1) {
        const conversion = convertRecorded({ ...machine, vm: mutated(machine.vm, random) });
        if (!conversion.ok) {
          expect(conversion.errors.length).toBeGreaterThan(0);
          for (const { field } of conversion.errors) expect(field).toMatch(/^(spec|metadata)\b/);
          continue;
        }
        converted += 1;
        const { domain } = conversion;
        expect(parseDomain(printDomain(domain))).toEqual(domain);
        const names = domain.devices.disks.map(({ target }) => target.dev);
        expect(new Set(names).size).toBe(names.length);
      }
    }
    expect(converted).toBeGreaterThan(recordedMachines().length);
  });
});

/** An object that was refused for its types says nothing about the rules. */
function isDecodable({ expect: answer }: RecordedLine): boolean {
  return answer.code !== 400;
}

/** One setting under two names: such an object is not valid, and nothing is defined for it. */
function saysTwice(domain: unknown): boolean {
  const given = (path: string) => childAt(domain, path.split(".")) !== undefined;
  const disks = items(childAt(domain, ["devices", "disks"])).map((disk) => child(disk, "name"));
  return (
    (given("clock.utc") && given("clock.timezone")) ||
    (given("watchdog") && given("devices.watchdog")) ||
    new Set(disks).size < disks.length
  );
}

function withMutatedDomains(input: RecordedLine["input"], random: (limit: number) => number): RecordedLine["input"] {
  const change = (object: unknown) => {
    const { spec, ...rest } = Object(object);
    return { ...rest, spec: { ...spec, domain: mutatedDomain(Object(spec).domain, random) } };
  };
  return { ...input, vm: change(input.vm), presets: Array.isArray(input.presets) ? input.presets.map(change) : [] };
}
