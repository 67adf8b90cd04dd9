/**
 * Claims of the local engine: a PersistentVolumeClaim gets an empty disk unless one is imported for it (`virtctl image
 * import`), is Bound once its disk is in the claim store, grows with what it asks for, and takes its disk along when it
 * goes, but not while a machine uses it.
 */
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import { claimsOf } from "../core/claim-use";
import { isDeleting } from "../core/deletion";
import { isFinal } from "../core/phases";
import { claimFinalizer, planClaim, printCapacity } from "../core/plan/claim";
import type { KubeClient } from "../kube/client";
import { isNotFound } from "../kube/errors";
import { Informer } from "../kube/informer";
import type { EventRecord, Recorder } from "../kube/recorder";
import { coreResources, type KubeObject, keyOf } from "../kube/resource";
import { type Result, WorkQueue } from "../kube/work-queue";
import type { Logger } from "../runtime/log";
import type { ClaimStore } from "./volumes";
import { mostVirtualBytes } from "./volumes/image-header";

export interface PersistentVolumeClaim extends KubeObject {
  readonly spec?: {
    readonly accessModes?: readonly string[];
    readonly resources?: { readonly requests?: { readonly storage?: string } };
    readonly storageClassName?: string;
    readonly volumeName?: string;
  };
  readonly status?: {
    readonly phase?: string;
    readonly accessModes?: readonly string[];
    readonly capacity?: { readonly storage?: string };
  };
}

export interface ClaimsOptions {
  readonly client: KubeClient;
  readonly store: ClaimStore;
  readonly recorder: Recorder;
  readonly log: Logger;
  /** The machines as the watch last showed them. */
  readonly machines: () => readonly VirtualMachine[];
  /** Told when a claim became usable, so that machines waiting for it are looked at. */
  readonly onBound: (namespace: string) => void;
}

export class Claims {
  readonly #o: ClaimsOptions;
  readonly #informer: Informer<PersistentVolumeClaim>;
  readonly #queue: WorkQueue;

  constructor(options: ClaimsOptions) {
    this.#o = options;
    this.#queue = new WorkQueue({ reconcile: (key) => this.#reconcile(key), log: options.log, concurrency: 1 });
    this.#informer = new Informer<PersistentVolumeClaim>({
      client: options.client,
      resource: coreResources.persistentVolumeClaims,
      log: options.log,
      onChange: (key) => this.#queue.add(key),
    });
  }

  async start(): Promise<void> {
    this.#informer.start();
    await this.#informer.synced();
  }

  async stop(): Promise<void> {
    await this.#informer.stop();
    await this.#queue.stop();
  }

  /** A machine came, went or ended: claims that wait to be removed may go now. */
  usersChanged(): void {
    for (const claim of this.#informer.list()) if (isDeleting(claim)) this.#queue.add(keyOf(claim));
  }

  async #reconcile(key: string): Promise<Result> {
    const claim = this.#informer.get(key);
    if (claim === undefined) return undefined;
    const { namespace = "default", name = "", finalizers = [] } = claim.metadata;
    if (isDeleting(claim)) {
      if (!finalizers.includes(claimFinalizer) || this.#isUsed(namespace, name)) return undefined;
      await this.#o.store.remove(namespace, name);
      await this.#dropFinalizer(claim);
      return undefined;
    }
    const image = await this.#o.store.locate(namespace, name);
    const step = planClaim({ claim, diskBytes: image?.capacityBytes, mostBytes: mostVirtualBytes });
    switch (step.kind) {
      case "none":
      case "wait":
        break;
      case "refuse":
        this.#tell(claim, { type: "Warning", reason: "ProvisioningFailed", message: step.why });
        break;
      case "adopt":
        // Marked first: a claim that goes without its disk would leave it to the next one of its name.
        await this.#adopt(claim, step);
        break;
      case "create":
        await this.#o.store.create(namespace, name, step.bytes);
        this.#tell(claim, { type: "Normal", reason: "ProvisioningSucceeded", message: "Made an empty disk" });
        return { requeueAfterMs: 0 };
      case "grow":
        await this.#o.store.grow(namespace, name, step.bytes);
        this.#tell(claim, {
          type: "Normal",
          reason: "VolumeResizeSuccessful",
          message: "The disk has grown; a guest that runs sees it at its next start",
        });
        return { requeueAfterMs: 0 };
      case "bind":
        await this.#bind(claim, step.bytes);
        this.#o.onBound(namespace);
        break;
    }
    return undefined;
  }

  /** Also a machine that nobody validated must not keep the claims of others from being removed. */
  #isUsed(namespace: string, name: string): boolean {
    return this.#o
      .machines()
      .some(
        (vm) =>
          vm.metadata.namespace === namespace &&
          !isFinal(vm.status?.phase) &&
          claimsOf(vm).some(({ claim }) => claim === name),
      );
  }

  async #dropFinalizer(claim: PersistentVolumeClaim): Promise<void> {
    const { namespace, name, resourceVersion, finalizers = [] } = claim.metadata;
    try {
      await this.#o.client.mergePatch(
        coreResources.persistentVolumeClaims,
        { namespace, name },
        { metadata: { resourceVersion, finalizers: finalizers.filter((finalizer) => finalizer !== claimFinalizer) } },
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async #adopt(claim: PersistentVolumeClaim, spec: { volumeName: string; storageClassName: string }): Promise<void> {
    const { namespace, name, resourceVersion, finalizers = [] } = claim.metadata;
    const { volumeName, storageClassName } = spec;
    const marked = finalizers.includes(claimFinalizer) ? finalizers : [...finalizers, claimFinalizer];
    await this.#o.client.mergePatch(
      coreResources.persistentVolumeClaims,
      { namespace, name },
      { metadata: { resourceVersion, finalizers: marked }, spec: { volumeName, storageClassName } },
    );
  }

  async #bind(claim: PersistentVolumeClaim, bytes: number): Promise<void> {
    const { namespace, name, resourceVersion } = claim.metadata;
    await this.#o.client.mergePatch(
      coreResources.persistentVolumeClaims,
      { namespace, name, subresource: "status" },
      {
        metadata: { resourceVersion },
        status: {
          phase: "Bound",
          accessModes: claim.spec?.accessModes ?? ["ReadWriteOnce"],
          capacity: { storage: printCapacity(bytes) },
        },
      },
    );
  }

  #tell(claim: PersistentVolumeClaim, event: EventRecord): void {
    this.#o.recorder.record({ resource: coreResources.persistentVolumeClaims, object: claim }, event);
  }
}
