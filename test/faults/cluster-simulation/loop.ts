/** A program that looks again and again; what it fails with it tries the next time. */
export class Loop {
  readonly #timer: NodeJS.Timeout;
  #busy = false;

  constructor(intervalMs: number, look: () => Promise<void>) {
    this.#timer = setInterval(() => {
      if (this.#busy) return;
      this.#busy = true;
      look()
        .catch(() => undefined)
        .finally(() => {
          this.#busy = false;
        });
    }, intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
