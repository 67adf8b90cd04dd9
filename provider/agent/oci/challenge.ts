/** The `WWW-Authenticate` header (RFC 9110): what a registry wants to see before it answers. */

export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

const longestHeader = 8192;
const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const parameter = new RegExp(`^(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${token}))`);
const scheme = new RegExp(`^(${token})(?=\\s|,|$)`);

/** In the header's order; what cannot be read ends the list. */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let rest = header.slice(0, longestHeader);
  for (;;) {
    rest = rest.replace(/^[\s,]+/, "");
    if (rest === "") return challenges;
    const pair = parameter.exec(rest);
    const current = challenges.at(-1);
    if (pair !== null && current !== undefined) {
      const name = (pair[1] ?? "").toLowerCase();
      if (!current.parameters.has(name)) {
        current.parameters.set(name, pair[3] ?? (pair[2] ?? "").replace(/\\(.)/g, "$1"));
      }
      rest = rest.slice(pair[0].length);
      continue;
    }
    const name = scheme.exec(rest)?.[1];
    if (name === undefined) return challenges;
    challenges.push({ scheme: name.toLowerCase(), parameters: new Map() });
    rest = rest.slice(name.length);
  }
}
