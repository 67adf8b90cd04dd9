/**
 * A process that dies at one of its steps. A step is a call of the API, of the hypervisor or of the volumes; "before" dies
 * with the call not made, "after" with the call made and its answer lost. A dead process does nothing more.
 */
import { VolumePreparer } from "../../../../provider/agent/volumes";
import type { Hypervisor } from "../../../../provider/libvirt/hypervisor";

export class CrashError extends Error {
  override readonly name = "CrashError";
}

export interface CrashPlan {
  /** What the step is called, such as `define`, or `define 2` for the second of them; "" for one that lives. */
  readonly step: string;
  readonly moment: "before" | "after";
}

export class Mortal {
  readonly #plan: CrashPlan;
  /** Every step taken, as a plan would name it. */
  readonly steps: string[] = [];
  /** The step that was the last. */
  diedAt: string | undefined;

  constructor(plan: CrashPlan) {
    this.#plan = plan;
  }

  async step<T>(what: string, make: () => Promise<T>): Promise<T> {
    if (this.diedAt !== undefined) throw new CrashError("dead");
    const before = this.steps.filter((step) => step === what || step.startsWith(`${what} `)).length;
    const name = before === 0 ? what : `${what} ${before + 1}`;
    this.steps.push(name);
    const last = this.#plan.step === name;
    if (last && this.#plan.moment === "before") return this.#die(what);
    const answer = await make();
    if (last) return this.#die(what);
    if (this.diedAt !== undefined) throw new CrashError("dead");
    return answer;
  }

  #die(what: string): never {
    this.diedAt = `${this.#plan.moment} ${what}`;
    throw new CrashError(this.diedAt);
  }

  /** The same hypervisor as this process sees it. Listing domains is no step: it changes nothing and comes at each pass. */
  hypervisor(real: Hypervisor): Hypervisor {
    const free: ReadonlySet<string | symbol> = new Set([
      "onDomainEvent",
      "listDomains",
      "describeNode",
      "machineTypes",
      "close",
    ]);
    return new Proxy(real, {
      get: (target, verb) => {
        const member: unknown = Reflect.get(target, verb);
        if (typeof member !== "function") return member;
        if (free.has(verb)) return member.bind(target);
        return (...args: unknown[]) => this.step(String(verb), async () => Reflect.apply(member, target, args));
      },
    });
  }

  volumes(options: ConstructorParameters<typeof VolumePreparer>[0]): VolumePreparer {
    const step = <T>(what: string, make: () => Promise<T>) => this.step(what, make);
    class MortalVolumes extends VolumePreparer {
      override prepare(...args: Parameters<VolumePreparer["prepare"]>) {
        return step("prepare volumes", () => super.prepare(...args));
      }
      override remove(uid: string) {
        return step("remove volumes", () => super.remove(uid));
      }
    }
    const run = options.run;
    return new MortalVolumes({
      ...options,
      ...(run === undefined ? {} : { run: (command, args, more) => step(command, () => run(command, args, more)) }),
    });
  }
}
