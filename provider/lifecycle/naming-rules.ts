/**
 * Names that a stack's configuration asks for (`pulumi:autonaming`), for resources whose names the engine does not propose:
 * those of TypeScript programs. Its modes and patterns are Pulumi's; what is random in a pattern comes from the resource's
 * URN, so that it is the same in every run, and an interrupted one finds its objects.
 * https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming
 */
import { createHash } from "node:crypto";
import { child, childAt } from "../core/json-tree";
import { autoName } from "./auto-name";

export interface NamedResource {
  readonly kind: string;
  readonly name: string;
  readonly urn: string;
}

/** What a pattern may speak of besides the resource. */
export interface NamingStack {
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
  /** A value of the project's configuration. */
  readonly config: (key: string) => string | undefined;
}

/** Undefined where the configuration lets no names be made up. `rules` is the configuration's value. */
export function nameByRules(rules: unknown, resource: NamedResource, stack: NamingStack): string | undefined {
  const rule = ruleFor(rules, resource.kind);
  const pattern = child(rule, "pattern");
  if (typeof pattern === "string") return expand(pattern, resource, stack);
  switch (child(rule, "mode")) {
    case "verbatim":
      return resource.name;
    case "disabled":
      return undefined;
    default:
      return autoName(resource.name, resource.urn);
  }
}

/** That of the type, of the provider, of the stack: the first that says something. */
function ruleFor(rules: unknown, kind: string): unknown {
  const provider = childAt(rules, ["providers", "kubevirt"]);
  return [childAt(provider, ["resources", `kubevirt:index:${kind}`]), provider, rules].find(
    (rule) => child(rule, "mode") !== undefined || child(rule, "pattern") !== undefined,
  );
}

const letters = "abcdefghijklmnopqrstuvwxyz";
const digits = "0123456789";
const alphabets: Readonly<Record<string, string>> = {
  hex: `${digits}abcdef`,
  alphanum: letters + digits,
  string: letters,
  num: digits,
};

/** What is in braces and is no expression stays as it is, and makes no valid name. */
function expand(pattern: string, { name, urn }: NamedResource, stack: NamingStack): string {
  const random = randomOf(urn);
  return pattern.replace(
    /\$\{([a-z]+)(?:\((\d+)\)|\.([^}]+))?\}/g,
    (whole, word: string, length?: string, key?: string) => {
      const alphabet = alphabets[word];
      if (alphabet !== undefined && length !== undefined) return random(alphabet, Number(length));
      if (word === "config" && key !== undefined) return stack.config(key) ?? whole;
      if (length !== undefined || key !== undefined) return whole;
      switch (word) {
        case "name":
          return name;
        case "uuid":
          return random(alphabets.hex ?? "", 32).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5");
        case "organization":
        case "project":
        case "stack":
          return stack[word];
        default:
          return whole;
      }
    },
  );
}

/** Characters of an alphabet that look random and are the same for the same text, in the order in which they are asked for. */
function randomOf(text: string): (alphabet: string, length: number) => string {
  let block = 0;
  let bytes: number[] = [];
  const next = (): number => {
    if (bytes.length === 0) {
      bytes = [...createHash("sha256").update(`${block}:${text}`).digest()];
      block += 1;
    }
    return bytes.shift() ?? 0;
  };
  return (alphabet, length) => Array.from({ length }, () => alphabet[next() % alphabet.length]).join("");
}
