/** A watch that is read event by event, beside the writes that it tells of. */
import type { IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { valueAt } from "../../../../provider/apiserver/object";

export interface WatchEvent {
  readonly type: string;
  readonly object: unknown;
}

const patienceMs = 10_000;

export class WatchReader {
  readonly #response: IncomingMessage;
  readonly #lines: AsyncIterator<string>;

  constructor(response: IncomingMessage) {
    this.#response = response;
    this.#lines = createInterface({ input: response })[Symbol.asyncIterator]();
  }

  /** The next event; undefined at the end of the stream. Rejects after ten seconds of silence. */
  async next(): Promise<WatchEvent | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("the watch is silent")), patienceMs);
    });
    try {
      const { value, done } = await Promise.race([this.#lines.next(), silence]);
      if (done === true) return undefined;
      const event: unknown = JSON.parse(value);
      return { type: String(valueAt(event, "type")), object: valueAt(event, "object") };
    } finally {
      clearTimeout(timer);
    }
  }

  async take(count: number): Promise<readonly WatchEvent[]> {
    const events: WatchEvent[] = [];
    while (events.length < count) {
      const event = await this.next();
      if (event === undefined) throw new Error(`the watch ended after ${events.length} of ${count} events`);
      events.push(event);
    }
    return events;
  }

  /** Whatever is left until the server ends the stream. */
  async rest(): Promise<readonly WatchEvent[]> {
    const events: WatchEvent[] = [];
    for (let event = await this.next(); event !== undefined; event = await this.next()) events.push(event);
    return events;
  }

  close(): void {
    this.#response.destroy();
  }
}
