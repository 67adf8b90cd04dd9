/** An area of the recorded lines: how its answers are compared, and which rules may explain a difference. */
import type { Difference, Rule } from "../difference";
import type { RecordedLine } from "../recorded-line";

export interface Area<Case> {
  readonly name: string;
  /** What the line asks and what was answered; undefined when it cannot be understood. */
  read(line: RecordedLine): Case | undefined;
  compare(recorded: Case): readonly Difference[];
  readonly rules: readonly Rule<Case>[];
}
