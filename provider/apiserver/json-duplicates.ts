/**
 * Keys that a JSON text gives more than once in one object, which a parser passes over in silence. Only asked for a text
 * that has more keys than what was parsed from it.
 */

/** The paths of such keys, as Kubernetes writes them, each once. The text must be JSON. */
export function findDuplicateKeys(text: string): readonly string[] {
  const reader = new Reader(text);
  reader.value("");
  return [...reader.duplicates];
}

const token = /[{}[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}[\],:"]+/g;

class Reader {
  readonly duplicates = new Set<string>();
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(text: string) {
    this.#tokens = text.match(token) ?? [];
  }

  value(path: string): void {
    const first = this.#take();
    if (first === "{") this.#members(path);
    else if (first === "[") this.#items(path);
  }

  #take(): string {
    const taken = this.#tokens[this.#next] ?? "";
    this.#next += 1;
    return taken;
  }

  #members(path: string): void {
    const keys = new Set<string>();
    for (let key = this.#take(); key !== "}" && key !== ""; key = this.#take()) {
      if (key === ",") continue;
      const name = String(JSON.parse(key));
      const place = path === "" ? name : `${path}.${name}`;
      if (keys.has(name)) this.duplicates.add(place);
      keys.add(name);
      this.#take();
      this.value(place);
    }
  }

  #items(path: string): void {
    for (let index = 0; this.#tokens[this.#next] !== "]" && this.#next < this.#tokens.length; index += 1) {
      this.value(`${path}[${index}]`);
      if (this.#tokens[this.#next] === ",") this.#next += 1;
    }
    this.#next += 1;
  }
}
