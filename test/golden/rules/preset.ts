/** Why presets come to something else here than in the original, which compared and copied whole sections. */
import { child, childAt, isObject, type JsonObject } from "../../../provider/core/json-tree";
import { groupOf, type PresetCase } from "../areas/preset";
import type { Claim } from "../areas/preset-definition";
import type { Difference, Rule } from "../difference";
import { rulesOfDefaults } from "./defaults";

/** Settings of which the original neither compared nor merged anything. */
const passedOver = /^(resources\.limits\.|machine\.type$|devices\.disks\[)/;
/** Sections that the original took as one. */
const wholeSection = /^(resources\.requests\.|clock\.timer|features)/;

type Subject =
  | { readonly is: "setting"; readonly path: string }
  | { readonly is: "applied"; readonly preset: string }
  | { readonly is: "override"; readonly preset: string; readonly group: string }
  | { readonly is: "conflict"; readonly group: string };

function subjectOf(at: string): Subject | undefined {
  const [, word, rest = ""] = /^(applied|override|conflict|invalid|by) (.*)$/.exec(at) ?? [];
  const [preset = "", group = ""] = rest.split(" ");
  if (word === "applied") return { is: "applied", preset: rest };
  if (word === "override") return { is: "override", preset, group };
  if (word === "conflict") return { is: "conflict", group: rest };
  return word === undefined && at !== "answer" ? { is: "setting", path: at } : undefined;
}

/** The claims of presets that a difference is about. */
function claimsOf(subject: Subject, { merge }: PresetCase): readonly Claim[] {
  return merge.claims.filter((claim) => isAbout(subject, claim));
}

function isAbout(subject: Subject, { preset, path }: Claim): boolean {
  switch (subject.is) {
    case "setting":
      return path === subject.path;
    case "applied":
      return preset === subject.preset;
    case "override":
      return preset === subject.preset && groupOf(path) === subject.group;
    case "conflict":
      return groupOf(path) === subject.group;
  }
}

/** A rule for differences about settings, given the claims that they are about. */
function ruleOf(
  id: string,
  explains: (subject: Subject, difference: Difference, claims: readonly Claim[], recorded: PresetCase) => boolean,
): Rule<PresetCase> {
  return {
    id,
    explains(difference, recorded) {
      const subject = subjectOf(difference.at);
      return subject !== undefined && explains(subject, difference, claimsOf(subject, recorded), recorded);
    },
  };
}

const inEffect = ({ fate }: Claim) => fate !== "overridden";

/** The domains in play, the machine's own first. */
function domainsOf({ domain, matched }: PresetCase): readonly unknown[] {
  return [domain, ...matched.map((preset) => preset.domain)];
}

export const presetRules: readonly Rule<PresetCase>[] = [
  {
    id: "an-excluded-machine-gets-no-presets",
    explains: ({ at, ours }, { excluded }) => excluded && ours === undefined && subjectOf(at) !== undefined,
  },
  ruleOf("every-setting-takes-part", (subject, { ours }, claims) => {
    const own = claims.filter(({ path }) => passedOver.test(path));
    return ours !== undefined && (subject.is === "applied" ? own.some(inEffect) : own.length > 0);
  }),
  ruleOf("amounts-are-compared-by-value", (subject, { ours, theirs }, claims, recorded) => {
    const amounts = claims.filter((claim) => claim.path.startsWith("resources.requests.") && inEffect(claim));
    const asExpected = subject.is === "applied" ? theirs === undefined : ours === undefined;
    return asExpected && amounts.some(({ path }) => spellingsOf(path, recorded).size > 1);
  }),
  ruleOf("no-offset-is-no-opinion", (subject, _difference, claims, recorded) => {
    const offsets = claims.filter(({ path }) => path === "clock.offset");
    const group = subject.is === "override" || subject.is === "conflict" ? subject.group : undefined;
    const about = group === undefined ? offsets.some(({ fate }) => fate === "given") : group === "clock.offset";
    return about && offsets.every(inEffect) && domainsOf(recorded).some(hasClockWithoutOffset);
  }),
  ruleOf("settings-are-merged-one-by-one", (subject, { ours }, claims) => {
    const own = claims.filter(({ path }) => wholeSection.test(path));
    switch (subject.is) {
      case "override":
        return ours === undefined && own.length > 0 && own.every(inEffect);
      case "conflict":
        return ours === undefined && own.length > 0;
      default:
        return ours !== undefined && own.some(inEffect);
    }
  }),
  ruleOf("an-open-setting-alone-can-conflict", (subject, { ours }, claims) => {
    const closed = claims.every(({ fate }) => fate !== "given");
    return subject.is === "conflict" && ours === undefined && claims.length > 0 && closed;
  }),
  ruleOf("an-empty-object-says-nothing", (subject, { ours, theirs }, claims, recorded) => {
    const isEmpty = (group: string) =>
      domainsOf(recorded).some(
        (domain) => isHollow(childAt(domain, group.split("."))) || isHollow(child(domain, group.split(".")[0] ?? "")),
      );
    switch (subject.is) {
      case "applied": {
        if (ours !== undefined) return claims.some(({ path, fate }) => fate === "given" && isEmpty(groupOf(path)));
        const preset = recorded.matched.find(({ name }) => name === subject.preset);
        return sections.some((section) => isHollow(childAt(preset?.domain, section)));
      }
      case "override":
      case "conflict":
        return ours === undefined && isEmpty(subject.group);
      case "setting":
        return theirs === undefined && claims.length > 0 && isEmpty(groupOf(subject.path));
    }
  }),
  {
    id: "requests-are-kept",
    explains: ({ at, ours, theirs }, { defaulted, merge }) =>
      defaulted && at.startsWith("resources.requests.") && merge.settings.get(at) === ours && theirs === undefined,
  },
  ...rulesOfDefaults<PresetCase>(
    ({ defaulted, domain }) => (defaulted ? domain : everythingGiven),
    (at) => at,
  ),
  { id: "no-crash", explains: ({ at }, { answer }) => at === "answer" && answer === undefined },
];

/** Sections that may be there without saying anything. */
const sections = [["cpu"], ["firmware"], ["clock"], ["clock", "timer"], ["features"], ["features", "hyperv"]];

/** Stands for a domain of which nothing was left to defaults. */
const everythingGiven: JsonObject = {
  resources: { requests: { memory: "1Gi" } },
  firmware: { uuid: "given" },
};

function spellingsOf(request: string, recorded: PresetCase): ReadonlySet<unknown> {
  const keys = ["resources", "requests", request.slice("resources.requests.".length)];
  return new Set(
    domainsOf(recorded)
      .map((domain) => childAt(domain, keys))
      .filter((amount) => amount !== undefined),
  );
}

function hasClockWithoutOffset(domain: unknown): boolean {
  const clock = child(domain, "clock");
  return isObject(clock) && child(clock, "timezone") === undefined && child(clock, "utc") === undefined;
}

/** An object with nothing in it, or nothing but such objects. */
function isHollow(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((inner) => inner === "" || inner === 0 || isHollow(inner));
}
