/**
 * Compares this project with recorded answers of the original implementation of the same objects. Every line must
 * agree, but for those that differences.md names with a reason; and a line named there must really differ, so that the
 * list cannot rot.
 */
import { describe, expect, it } from "vitest";
import { kindByPlural } from "../../provider/api/v1alpha1/kinds";
import { validateObject } from "../../provider/core/validation";
import { compareDefaults } from "./compare-defaults";
import { compareDomain } from "./compare-domain";
import { comparePreset } from "./compare-preset";
import { knownDifferences } from "./differences";
import { DefaultsCase, DomainCase, PresetCase, recordedCases, ValidateCase } from "./recorded";

type Comparison = readonly string[];

function describeArea<Case extends { readonly id: string }>(
  area: string,
  cases: readonly Case[],
  compare: (recorded: Case) => Comparison,
): void {
  const known = new Map(
    knownDifferences()
      .filter((one) => one.area === area)
      .map(({ id, reason }) => [id, reason]),
  );

  describe(`recorded answers: ${area}`, () => {
    it("has cases", () => {
      expect(cases.length).toBeGreaterThan(0);
    });
    for (const recorded of cases) {
      const reason = known.get(recorded.id);
      if (reason === undefined) {
        it(`${recorded.id} agrees`, () => {
          expect(compare(recorded)).toEqual([]);
        });
      } else {
        it(`${recorded.id} differs, deliberately: ${reason}`, () => {
          expect(compare(recorded)).not.toEqual([]);
        });
      }
    }
    it("has no deliberate difference without a case", () => {
      const ids = new Set(cases.map(({ id }) => id));
      expect([...known.keys()].filter((id) => !ids.has(id))).toEqual([]);
    });
  });
}

function compareValidation(recorded: ValidateCase): Comparison {
  const expected = recorded.expectFixed ?? recorded.expect;
  const kind = kindByPlural(recorded.resource)?.kind;
  const envelope = { apiVersion: "kubevirt.io/v1alpha1", kind, metadata: { name: "unnamed" } };
  const { errors } = validateObject({ ...envelope, ...Object(recorded.object) });
  const fields = new Set(errors.map(({ field }) => field));
  const verdict = errors.length === 0;
  return [
    ...(verdict === expected.allowed ? [] : [`${verdict ? "allowed" : "refused"}: ${[...fields].join(", ")}`]),
    ...expected.fields.filter((field) => !fields.has(field)).map((field) => `no fault at ${field}`),
  ];
}

const served = (recorded: ValidateCase) => kindByPlural(recorded.resource) !== undefined;

describeArea("validate", recordedCases("validate.jsonl", ValidateCase).filter(served), compareValidation);
describeArea("preset", recordedCases("preset.jsonl", PresetCase), comparePreset);
describeArea(
  "defaults",
  recordedCases("defaults.jsonl", DefaultsCase).filter(({ kind }) => kind === "VirtualMachine"),
  compareDefaults,
);
describeArea("domain", recordedCases("domain.jsonl", DomainCase), compareDomain);
