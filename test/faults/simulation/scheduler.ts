/**
 * Who goes next. Whatever one part of the system asks of another waits here as a task; one at a time is let through, in
 * an order that the seed decides. Between two tasks everything that can go on by itself has gone on, so a schedule is
 * the list of its choices and nothing else.
 */
import type { SeededRandom } from "../../builders/seeded-random";

/** A program that may be killed. What it asked for and has not got yet dies with it. */
export class SimulatedProcess {
  readonly name: string;
  /** Its way to the API, which it may share with others. */
  readonly line: { readonly cut: boolean };
  #alive = true;

  constructor(name: string, line: { readonly cut: boolean } = { cut: false }) {
    this.name = name;
    this.line = line;
  }

  get alive(): boolean {
    return this.#alive;
  }

  kill(): void {
    this.#alive = false;
  }
}

interface Task {
  readonly label: string;
  readonly process: SimulatedProcess;
  readonly run: () => void | Promise<void>;
}

/** Turns of the event loop in which the store's commit and what follows from it have their place. */
const turnsOfAStep = 3;

export class Scheduler {
  readonly #random: SeededRandom;
  #waiting: Task[] = [];
  steps = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  add(task: Task): void {
    this.#waiting.push(task);
  }

  /** Lets one task through; false when none waits. */
  async step(): Promise<boolean> {
    this.#waiting = this.#waiting.filter(({ process }) => process.alive);
    const index = this.#random.below(this.#waiting.length);
    const [task] = this.#waiting.splice(index, 1);
    if (task === undefined) return false;
    this.steps += 1;
    await task.run();
    await this.settle();
    return true;
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < turnsOfAStep; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /** Two tasks: the call is made, then its answer comes back. Either may be the last thing that happens. */
  call<T>(process: SimulatedProcess, label: string, make: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.add({
        label,
        process,
        run: async () => {
          const answer = await make().then(
            (value) => () => resolve(value),
            (error: unknown) => () => reject(error),
          );
          this.add({ label: `${label} answered`, process, run: answer });
        },
      });
    });
  }
}
