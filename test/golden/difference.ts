/** One point on which this project's answer and a recorded one differ, and what may explain it. */

export interface Difference {
  /** What the answers are about: a field, a setting, a part of a document, or `answer` for the answer as a whole. */
  readonly at: string;
  readonly ours: string | undefined;
  readonly theirs: string | undefined;
}

/**
 * A deliberate difference: a rule that this project follows and the original did not. Its reason stands in
 * differences.md under the rule's id.
 */
export interface Rule<Case> {
  readonly id: string;
  explains(difference: Difference, recorded: Case): boolean;
}

/** What two answers say under the same names, where they do not say the same. */
export function differencesOf(
  ours: ReadonlyMap<string, string>,
  theirs: ReadonlyMap<string, string>,
): readonly Difference[] {
  return [...new Set([...ours.keys(), ...theirs.keys()])]
    .filter((at) => ours.get(at) !== theirs.get(at))
    .map((at) => ({ at, ours: ours.get(at), theirs: theirs.get(at) }));
}

export function renderDifference({ at, ours, theirs }: Difference): string {
  return `${at}: ${ours ?? "(nothing)"}, recorded ${theirs ?? "(nothing)"}`;
}
