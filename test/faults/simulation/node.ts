/** A node's hypervisor and volumes as a simulated process reaches them: every call waits for the scheduler. */
import { ClaimStore, VolumePreparer } from "../../../provider/agent/volumes";
import type { Hypervisor } from "../../../provider/libvirt/hypervisor";
import type { Scheduler, SimulatedProcess } from "./scheduler";

/** Listing and events pass at once: they change nothing, and the agent must stand any age of what they tell. */
const passed: ReadonlySet<string | symbol> = new Set(["onDomainEvent", "describeNode", "close"]);

export function hypervisorOf(real: Hypervisor, process: SimulatedProcess, scheduler: Scheduler): Hypervisor {
  return new Proxy(real, {
    get: (target, verb) => {
      const member: unknown = Reflect.get(target, verb);
      if (typeof member !== "function") return member;
      if (passed.has(verb)) return member.bind(target);
      return (...args: unknown[]) =>
        scheduler.call(process, String(verb), async () => Reflect.apply(member, target, args));
    },
  });
}

/** What is on the node's disk, whoever runs there: the uid of each machine with files, and whether they are complete. */
export type NodeFiles = Map<string, "begun" | "complete">;

/** Two steps for the making of a machine's files, as a process that is killed half-way leaves half of them. */
export class SimulatedVolumes extends VolumePreparer {
  readonly #files: NodeFiles;
  readonly #step: (label: string, work: () => void) => Promise<void>;

  constructor(files: NodeFiles, process: SimulatedProcess, scheduler: Scheduler) {
    super({ root: "/nowhere", claims: new ClaimStore({ root: "/nowhere" }) });
    this.#files = files;
    this.#step = (label, work) => scheduler.call(process, label, async () => work());
  }

  override async prepare(...[machine, volumes]: Parameters<VolumePreparer["prepare"]>) {
    await this.#step("make folder", () => this.#files.set(machine.uid, this.#files.get(machine.uid) ?? "begun"));
    await this.#step("make volumes", () => this.#files.set(machine.uid, "complete"));
    const file = (name: string) => ({ kind: "file", path: `/nowhere/${machine.uid}/${name}`, format: "raw" }) as const;
    return Object.fromEntries(volumes.map(({ name }) => [name, file(name)]));
  }

  override remove(uid: string): Promise<void> {
    return this.#step("remove volumes", () => this.#files.delete(uid));
  }

  override async holds(uid: string): Promise<boolean> {
    return this.#files.has(uid);
  }

  override async list(): Promise<readonly string[]> {
    return [...this.#files.keys()];
  }
}
