/** `virtctl validate`: every fault of every object of a manifest, for people or for programs. */
import { type FieldError, renderFieldError } from "../../core/field-error";
import { readManifests } from "../../manifest";
import { type Answer, allowed, refused, unreadable } from "./answer";
import { faultLine, readingFaultLine, renderDiagnostics } from "./diagnostics";
import { identityOf, type Judgement, judge, warningsOf } from "./judge";

export interface ValidateFlags {
  readonly filename: readonly string[];
  readonly output: "text" | "json";
}

export function validate({ filename, output }: ValidateFlags): Answer {
  const { objects, faults } = readManifests(filename);
  const judgements = judge(objects).map(withPresetWarnings);
  const exitCode =
    faults.length > 0 ? unreadable : judgements.some(({ errors }) => errors.length > 0) ? refused : allowed;
  return {
    stdout: output === "json" ? `${JSON.stringify({ items: judgements.map(item) }, null, 2)}\n` : report(judgements),
    stderr: renderDiagnostics(faults.map(readingFaultLine)),
    exitCode,
  };
}

/** Which presets a machine meets is the cluster's affair: those of the manifest refuse nothing here. */
function withPresetWarnings(judgement: Judgement): Judgement {
  return { ...judgement, warnings: [...warningsOf(judgement), ...(judgement.merged?.faults ?? [])] };
}

function item({ source, errors, warnings }: Judgement) {
  return {
    ...identityOf(source.object),
    allowed: errors.length === 0,
    causes: errors.map(cause),
    warnings: warnings.map(cause),
  };
}

function cause(error: FieldError) {
  return { type: error.type, field: error.field, message: renderFieldError(error) };
}

function report(judgements: readonly Judgement[]): string {
  if (judgements.length === 0) return "";
  const lines = judgements.flatMap(({ source, errors, warnings }) => [
    ...errors.map((error) => faultLine(source, error)),
    ...warnings.map((warning) => faultLine(source, warning, "warning")),
  ]);
  return `${renderDiagnostics(lines)}${summary(judgements)}\n`;
}

function summary(judgements: readonly Judgement[]): string {
  const count = (number: number, one: string, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;
  const total = (list: (judgement: Judgement) => readonly unknown[]) =>
    judgements.reduce((sum, judgement) => sum + list(judgement).length, 0);
  const bad = judgements.filter(({ errors }) => errors.length > 0).length;
  const faults =
    bad === 0
      ? ""
      : ` (${count(
          total(({ errors }) => errors),
          "fault",
        )})`;
  return [
    count(judgements.length, "object"),
    `${judgements.length - bad} allowed`,
    `${bad} refused${faults}`,
    count(
      total(({ warnings }) => warnings),
      "warning",
    ),
  ].join(", ");
}
