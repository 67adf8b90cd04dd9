/**
 * What the local server does not do as Kubernetes does, and should: work that is left, by the case that shows it. Such
 * a case has to differ, so that an entry cannot outlive its mending; it is never a difference on purpose.
 */
import type { Case } from "./case";

const options = "options of a request are to be checked with Kubernetes' codes";
const claims = "claims are to be judged, completed and printed as Kubernetes does";
const lastApplied =
  "an apply by the manager kubectl is to renew the annotation of the last client-side apply when there is one";
const expectation = "the case expects something of Kubernetes that it does not do, and is to be corrected";
const progress =
  "the compared server's etcd cannot report progress, so it has no bookmarks and no lists through watches";

const gaps: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "get and list": {
    "refuses limits and tokens that are none": options,
    "understands the versions that a list may be of": "a limited list of a version is of exactly that version",
    "refuses versions that no list can be of": options,
    "gives metadata alone, in the forms that controllers ask for":
      "forms that do not fit the request are not acceptable",
    "reads numbers and flags of a query as Kubernetes does": options,
  },
  watch: {
    "watches one object by the path of its name": expectation,
    "ends when its time is up, with a bookmark shortly before if those were asked for": progress,
    "lists through a watch, and marks where the list ends": progress,
    "refuses options that contradict each other": options,
    "is a list no longer when the old path form is used": "watches by the old path form are not served",
  },
  patch: {
    "merges built-in kinds strategically": claims,
  },
  subresources: {
    "refuses scales that are none": "a Scale is to be judged by its kind and name, with Kubernetes' codes",
  },
  "built-in kinds": {
    "keeps claims": claims,
    "does not allow what a path does not take": "a verb that needs a name is a bad request without one",
  },
  "kubectl writes": {
    "goes from one way of applying to the other": lastApplied,
    "shows differences": lastApplied,
  },
};

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
