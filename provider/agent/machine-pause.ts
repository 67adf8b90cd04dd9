/** Makes guests stand still and go on, and remembers when each was last let go on. */
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import type { Result } from "../kube/work-queue";
import { type DomainRef, type Hypervisor, HypervisorError } from "../libvirt/hypervisor";
import type { Clock } from "../runtime/clock";
import { uidOf } from "./machine-identity";
import type { MachineReporter } from "./machine-report";

export interface MachinePauserOptions {
  readonly hypervisor: Hypervisor;
  readonly reporter: MachineReporter;
  readonly clock: Clock;
}

const failureReasons = { suspend: "FailedPause", resume: "FailedUnpause" } as const;

export class MachinePauser {
  readonly #o: MachinePauserOptions;
  /** UID → milliseconds since the epoch. Lost with the agent, which then tries once more. */
  readonly #resumedAt = new Map<string, number>();

  constructor(options: MachinePauserOptions) {
    this.#o = options;
  }

  resumedAt(uid: string): number | undefined {
    return this.#resumedAt.get(uid);
  }

  forget(uid: string): void {
    this.#resumedAt.delete(uid);
  }

  /** The next pass reports what became of it. */
  async act(verb: "suspend" | "resume", vm: VirtualMachine, domain: DomainRef | undefined): Promise<Result> {
    if (domain === undefined) return undefined;
    if (verb === "resume") this.#resumedAt.set(uidOf(vm), this.#o.clock.now());
    try {
      await this.#o.hypervisor[verb](domain);
    } catch (error) {
      if (error instanceof HypervisorError) {
        this.#o.reporter.event(vm, { type: "Warning", reason: failureReasons[verb], message: error.message });
      }
      throw error;
    }
    return { requeueAfterMs: 0 };
  }
}
