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
import { claimsWritten, claimsWrittenFrom } from "../core/plan/launcher-pod";
import { hasNode } from "../core/plan/machine-marks";
import { controllerOf } from "../core/plan/ownership";
import { ApiError, isTransient } from "../kube/errors";
import { type KubeObject, keyOf } from "../kube/resource";
import { isLauncherOf, machineUidOf, type PodObject, podNameOf, volumesOf } from "./launcher-pod";

export interface ClaimWritersOptions {
  /** The objects as the watches last showed them; the machine sound. */
  readonly machine: (key: string) => VirtualMachine | undefined;
  readonly pod: (key: string) => PodObject | undefined;
  /** Has a machine looked at. */
  readonly enqueue: (key: string) => void;
}

export class ClaimWriters {
  readonly #o: ClaimWritersOptions;
  readonly #machines = new ClaimIndex();
  readonly #pods = new ClaimIndex();
  /** Uids of machines that are gone, were known to write no more, and have a pod yet. */
  readonly #done = new Set<string>();
  /** Uids of machines whose launcher is being made, or may have been made by a call without an answer. */
  readonly #making = new Set<string>();
  /** Uid of a machine → keys of those that wait for it. */
  readonly #waiting = new Map<string, Set<string>>();

  constructor(options: ClaimWritersOptions) {
    this.#o = options;
  }

  /** A machine as a watch shows it, or last showed it before it was gone. */
  machineChanged(vm: VirtualMachine, state: "present" | "gone"): void {
    const { uid = "" } = vm.metadata;
    this.#machines.set(keyOf(vm), state === "gone" ? [] : claimKeys(vm, writtenClaims(vm)));
    if (state === "gone" && (isFinal(vm.status?.phase) || !hasNode(vm))) this.released(vm);
    if (state === "gone" || isFinal(vm.status?.phase)) this.#making.delete(uid);
    this.#wake(uid);
  }

  /** The machine may go: nothing of it can write any more, whatever becomes of its pod. */
  released(vm: VirtualMachine): void {
    const { uid = "" } = vm.metadata;
    if (this.#podOf(vm) !== undefined) this.#done.add(uid);
    this.#wake(uid);
  }

  /** A pod as a watch shows it, or last showed it before it was gone. */
  podChanged(shown: KubeObject): void {
    const uid = machineUidOf(shown) ?? "";
    const pod = this.#o.pod(keyOf(shown));
    this.#pods.set(keyOf(shown), pod === undefined ? [] : claimKeys(pod, claimsWrittenFrom(volumesOf(pod))));
    if (pod === undefined) this.#done.delete(uid);
    this.#wake(uid);
  }

  /** Undefined when it is this machine's turn to have a launcher, or to be given to a node. */
  conflictOf(vm: VirtualMachine): ClaimConflict | undefined {
    const own = this.#writerOf(vm);
    if (own === undefined) return undefined;
    const claims = claimKeys(vm, own.claims);
    const others = [
      ...this.#machines.keysOf(claims).map((key) => this.#writerOf(this.#o.machine(key))),
      ...this.#pods.keysOf(claims).map((key) => this.#writerIn(this.#o.pod(key))),
    ];
    const turn = goesFirst(
      own,
      others.filter((other) => other !== undefined),
    );
    if (turn === undefined) return undefined;
    const { uid, name, pod } = turn.writer;
    this.#waiting.set(uid, (this.#waiting.get(uid) ?? new Set()).add(keyOf(vm)));
    return { claim: turn.claim, holder: name, mode: "write", pod };
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

  #wake(uid: string): void {
    const keys = this.#waiting.get(uid);
    this.#waiting.delete(uid);
    for (const key of keys ?? []) this.#o.enqueue(key);
  }

  /** Undefined for one that writes to nothing any more: it has ended, or goes without ever having been given to a node. */
  #writerOf(vm: VirtualMachine | undefined): ClaimWriter | undefined {
    if (vm === undefined || isFinal(vm.status?.phase) || (isDeleting(vm) && !hasNode(vm))) return undefined;
    const { uid = "", name = "", creationTimestamp } = vm.metadata;
    const pod = this.#podOf(vm);
    const isHeld = this.#making.has(uid) || pod !== undefined;
    return {
      uid,
      name,
      createdAt: String(creationTimestamp ?? ""),
      claims: claimsWritten(vm, pod && volumesOf(pod)),
      has: hasNode(vm) ? "guest" : isHeld ? "launcher" : "nothing",
    };
  }

  /**
   * The machine of a pod. One whose object is gone may have been taken out of the controller's hands with its guest
   * running: that ends with its pod.
   */
  #writerIn(pod: PodObject | undefined): ClaimWriter | undefined {
    const owner = pod && controllerOf(pod as Parameters<typeof controllerOf>[0]);
    if (pod === undefined || owner === undefined) return undefined;
    const vm = this.#o.machine(`${pod.metadata.namespace}/${owner.name}`);
    if (vm?.metadata.uid === owner.uid) return this.#writerOf(vm);
    const { name: podName = "", creationTimestamp } = pod.metadata;
    const hasEnded = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
    if (hasEnded || this.#done.has(owner.uid)) return undefined;
    return {
      uid: owner.uid,
      name: owner.name,
      createdAt: String(creationTimestamp ?? ""),
      claims: claimsWrittenFrom(volumesOf(pod)),
      has: "guest",
      pod: podName,
    };
  }

  #podOf(vm: VirtualMachine): PodObject | undefined {
    const pod = this.#o.pod(`${vm.metadata.namespace}/${podNameOf(vm)}`);
    return pod !== undefined && isLauncherOf(pod, vm.metadata.uid) ? pod : undefined;
  }
}

/** Which objects name which claims: `namespace/claim` → keys, and the other way round. */
class ClaimIndex {
  readonly #keys = new Map<string, Set<string>>();
  readonly #claims = new Map<string, readonly string[]>();

  set(key: string, claims: readonly string[]): void {
    for (const claim of this.#claims.get(key) ?? []) {
      const keys = this.#keys.get(claim);
      keys?.delete(key);
      if (keys?.size === 0) this.#keys.delete(claim);
    }
    for (const claim of claims) this.#keys.set(claim, (this.#keys.get(claim) ?? new Set()).add(key));
    if (claims.length === 0) this.#claims.delete(key);
    else this.#claims.set(key, claims);
  }

  /** Of the objects that name any of these, each once. */
  keysOf(claims: readonly string[]): readonly string[] {
    return [...new Set(claims.flatMap((claim) => [...(this.#keys.get(claim) ?? [])]))];
  }
}

const claimKeys = ({ metadata: { namespace } }: KubeObject, claims: readonly string[]): readonly string[] =>
  claims.map((claim) => `${namespace}/${claim}`);
