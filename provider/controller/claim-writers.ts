/**
 * Which machines write to which claims, from what the watches have shown and what is being made at this moment: says
 * whose turn it is (core/claim-turn.ts), and has a machine that waits looked at when something of the one changes for whom
 * it waits. Asks nothing of the API. After a restart the lists of machines and pods tell it all again.
 */
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import { type ClaimWriter, goesFirst } from "../core/claim-turn";
import { type ClaimConflict, writtenClaims } from "../core/claim-use";
import { isDeleting } from "../core/deletion";
import { isFinal } from "../core/phases";
import { hasNode } from "../core/plan/machine-marks";
import { ApiError, isTransient } from "../kube/errors";
import { type KubeObject, keyOf } from "../kube/resource";
import { isLauncherOf, machineUidOf, type PodObject, podNameOf } from "./launcher-pod";

export interface ClaimWritersOptions {
  /** The objects as the watches last showed them; the machine sound. */
  readonly machine: (key: string) => VirtualMachine | undefined;
  readonly pod: (key: string) => PodObject | undefined;
  /** Has a machine looked at. */
  readonly enqueue: (key: string) => void;
}

export class ClaimWriters {
  readonly #o: ClaimWritersOptions;
  /** `namespace/claim` → keys of machines that write to it, and the other way round. */
  readonly #machines = new Map<string, Set<string>>();
  readonly #claims = new Map<string, readonly string[]>();
  /** Uids of machines whose launcher is being made, or may have been made by a call without an answer. */
  readonly #making = new Set<string>();
  /** Uid of a machine → keys of those that wait for it. */
  readonly #waiting = new Map<string, Set<string>>();

  constructor(options: ClaimWritersOptions) {
    this.#o = options;
  }

  /** A machine as a watch shows it, or last showed it before it was gone. */
  machineChanged(vm: VirtualMachine, state: "present" | "gone"): void {
    const { namespace, uid = "" } = vm.metadata;
    const claims = state === "gone" ? [] : writtenClaims(vm).map((claim) => `${namespace}/${claim}`);
    this.#index(keyOf(vm), claims);
    if (state === "gone" || isFinal(vm.status?.phase)) this.#making.delete(uid);
    this.#wake(uid);
  }

  podChanged(pod: KubeObject): void {
    this.#wake(machineUidOf(pod) ?? "");
  }

  /** Undefined when it is this machine's turn to have a launcher, or to be given to a node. */
  conflictOf(vm: VirtualMachine): ClaimConflict | undefined {
    const own = this.#writerOf(vm);
    if (own === undefined || own.claims.length === 0) return undefined;
    const { namespace } = vm.metadata;
    const keys = new Set(own.claims.flatMap((claim) => [...(this.#machines.get(`${namespace}/${claim}`) ?? [])]));
    const others = [...keys].flatMap((key) => this.#writerOf(this.#o.machine(key)) ?? []);
    const turn = goesFirst(own, others);
    if (turn === undefined) return undefined;
    this.#waiting.set(turn.writer.uid, (this.#waiting.get(turn.writer.uid) ?? new Set()).add(keyOf(vm)));
    return { claim: turn.claim, holder: turn.writer.name, mode: "write" };
  }

  /** Makes the launcher of a machine whose turn it is; until its end, and after one that nobody knows, it counts as made. */
  async whileMaking(vm: VirtualMachine, make: () => Promise<void>): Promise<void> {
    const { uid = "" } = vm.metadata;
    this.#making.add(uid);
    try {
      await make();
    } catch (error) {
      if (error instanceof ApiError && !isTransient(error)) {
        this.#making.delete(uid);
        this.#wake(uid);
      }
      throw error;
    }
    this.#making.delete(uid);
  }

  #index(key: string, claims: readonly string[]): void {
    for (const claim of this.#claims.get(key) ?? []) {
      const keys = this.#machines.get(claim);
      keys?.delete(key);
      if (keys?.size === 0) this.#machines.delete(claim);
    }
    for (const claim of claims) this.#machines.set(claim, (this.#machines.get(claim) ?? new Set()).add(key));
    if (claims.length === 0) this.#claims.delete(key);
    else this.#claims.set(key, claims);
  }

  #wake(uid: string): void {
    const keys = this.#waiting.get(uid);
    this.#waiting.delete(uid);
    for (const key of keys ?? []) this.#o.enqueue(key);
  }

  /** Undefined for one that writes to nothing any more: it has ended, or goes without ever having been given to a node. */
  #writerOf(vm: VirtualMachine | undefined): ClaimWriter | undefined {
    if (vm === undefined || isFinal(vm.status?.phase) || (isDeleting(vm) && !hasNode(vm))) return undefined;
    const { uid = "", name = "", namespace, creationTimestamp } = vm.metadata;
    const pod = this.#o.pod(`${namespace}/${podNameOf(vm)}`);
    const isHeld = this.#making.has(uid) || (pod !== undefined && isLauncherOf(pod, uid));
    return {
      uid,
      name,
      createdAt: String(creationTimestamp ?? ""),
      claims: writtenClaims(vm),
      has: hasNode(vm) ? "guest" : isHeld ? "launcher" : "nothing",
    };
  }
}
