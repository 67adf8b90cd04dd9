/** How far a download is, said seldom: each saying becomes an event in the API. */
import type { Clock } from "../../../runtime/clock";

const quietMs = 15_000;
const stepPercent = 10;

export class PullProgress {
  readonly #total: number;
  readonly #clock: Clock;
  readonly #startedAt: number;
  #done = 0;
  #saidAt: number;
  #saidPercent = 0;

  /** `total` in bytes. */
  constructor(total: number, clock: Clock) {
    this.#total = total;
    this.#clock = clock;
    this.#startedAt = clock.now();
    this.#saidAt = this.#startedAt;
  }

  /** Counts bytes. Answers with words when it is time for some. */
  add(bytes: number): string | undefined {
    this.#done += bytes;
    const now = this.#clock.now();
    if (now - this.#saidAt < quietMs) return undefined;
    const percent = Math.floor((this.#done / this.#total) * 100);
    if (percent < this.#saidPercent + stepPercent || percent >= 100) return undefined;
    [this.#saidAt, this.#saidPercent] = [now, percent];
    return `${percent} % of ${formatBytes(this.#total)}`;
  }

  /** "17.3 MiB in 4.2 s" */
  summary(): string {
    return `${formatBytes(this.#total)} in ${((this.#clock.now() - this.#startedAt) / 1000).toFixed(1)} s`;
  }
}

export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}
