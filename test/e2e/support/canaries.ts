/** Texts that are secret, and a search for them wherever a run may have left them. */
import { randomBytes } from "node:crypto";
import type { Dirent } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A text of which no part occurs by chance. */
export const canary = (name: string): string => `canary${name}${randomBytes(12).toString("hex")}`;

/** The text as it is, and as base64 of a longer text has it, whatever comes before. */
function formsOf(text: string): readonly string[] {
  const encoded = [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before, "."), Buffer.from(text)]).toString("base64");
    // The first and last characters have bits of what is around.
    return whole.slice(4, -4);
  });
  return [text, ...encoded];
}

export class Canaries {
  readonly #forms: readonly (readonly [name: string, form: Buffer])[];

  /** Name → text. */
  constructor(texts: Readonly<Record<string, string>>) {
    this.#forms = Object.entries(texts).flatMap(([name, text]) =>
      formsOf(text).map((form): [string, Buffer] => [name, Buffer.from(form)]),
    );
  }

  /** Names of those that are in it. */
  in(text: string | Buffer): readonly string[] {
    const bytes = Buffer.from(text);
    return [...new Set(this.#forms.filter(([, form]) => bytes.includes(form)).map(([name]) => name))];
  }

  /** `path: name` for every file of a folder that has one, as far as `concerns` says that it may not. */
  async inFiles(
    folder: string,
    concerns: (path: string) => boolean | Promise<boolean> = () => true,
  ): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const path of files(folder)) {
      if (!(await concerns(path))) continue;
      const content = await readIfThere(path);
      if (content !== undefined) found.push(...this.in(content).map((name) => `${path}: ${name}`));
    }
    return found;
  }
}

async function* files(folder: string): AsyncIterable<string> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isGone(error)) return;
    throw error;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else if (entry.isFile()) yield path;
  }
}

const isGone = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH");

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Whether anybody but its owner may read it. */
export async function isOpen(path: string): Promise<boolean> {
  try {
    return ((await stat(path)).mode & 0o077) !== 0;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** Looks at the arguments of all processes of the machine until it is stopped. */
export class ArgumentWatch {
  readonly #abort = new AbortController();
  readonly #found = new Set<string>();
  readonly #running: Promise<void>;
  /** How many programs were seen. */
  readonly #seen = new Set<string>();

  constructor(canaries: Canaries) {
    this.#running = this.#watch(canaries);
  }

  get seen(): number {
    return this.#seen.size;
  }

  /** `program: name` for each canary. */
  get found(): readonly string[] {
    return [...this.#found];
  }

  async stop(): Promise<readonly string[]> {
    this.#abort.abort();
    await this.#running;
    return this.found;
  }

  async #watch(canaries: Canaries): Promise<void> {
    while (!this.#abort.signal.aborted) {
      for (const pid of await readdir("/proc")) {
        if (!/^\d+$/.test(pid)) continue;
        const line = await readIfThere(`/proc/${pid}/cmdline`);
        if (line === undefined) continue;
        const program = line.toString().split("\0")[0] ?? "";
        this.#seen.add(program);
        for (const name of canaries.in(line)) this.#found.add(`${program}: ${name}`);
      }
      await sleep(30);
    }
  }
}
