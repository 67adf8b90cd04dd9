/**
 * What the local server does not do as Kubernetes does, and should: work that is left, by the case that shows it. Such
 * a case has to differ, so that an entry cannot outlive its mending; it is never a difference on purpose.
 */
import type { Case } from "./case";

const gaps: Readonly<Record<string, Readonly<Record<string, string>>>> = {};

/** Undefined for a case in which both servers have to agree. */
export function gapOf(area: string, { name }: Pick<Case, "name">): string | undefined {
  return gaps[area]?.[name];
}

/** Names of cases that there are not. */
export function strayGaps(
  areas: readonly { readonly name: string; readonly cases: readonly Case[] }[],
): readonly string[] {
  const known = new Set(areas.flatMap(({ name, cases }) => cases.map((one) => `${name}: ${one.name}`)));
  const named = Object.entries(gaps).flatMap(([area, cases]) => Object.keys(cases).map((name) => `${area}: ${name}`));
  return named.filter((each) => !known.has(each));
}
