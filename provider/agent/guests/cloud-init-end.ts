/**
 * Looks for cloud-init's last words in what a guest prints on its serial console: "Cloud-init v. 22.4.2 finished at …". Reads
 * on from where it was each time, and a bounded part of it: a guest can print without end.
 */
import type { ConsoleLogs, LogPosition } from "./console-log";

/** Bytes read at one look. */
const mostBytes = 4 * 1024 * 1024;
/** Characters kept for words that the next block goes on with. */
const overlap = 160;
const lastWords = /Cloud-init v\. (\S{1,64}) finished at /;

export class CloudInitEnd {
  readonly #logs: Pick<ConsoleLogs, "readOn">;
  readonly #uid: string;
  #reached: LogPosition | undefined;
  #rest = "";

  constructor(logs: Pick<ConsoleLogs, "readOn">, uid: string) {
    this.#logs = logs;
    this.#uid = uid;
  }

  /** cloud-init's version, once it has finished; undefined until then, as far as has been read. */
  async look(): Promise<string | undefined> {
    let bytes = 0;
    for await (const { block, position } of this.#logs.readOn(this.#uid, this.#reached)) {
      if (position.file !== this.#reached?.file || position.offset !== this.#reached.offset) this.#rest = "";
      const text = this.#rest + block.toString("latin1");
      this.#reached = { file: position.file, offset: position.offset + block.length };
      this.#rest = text.slice(-overlap);
      const version = lastWords.exec(text)?.[1];
      if (version !== undefined) return version;
      bytes += block.length;
      if (bytes >= mostBytes) return undefined;
    }
    return undefined;
  }
}
