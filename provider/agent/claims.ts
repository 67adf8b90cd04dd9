/**
 * Claims of the local engine: a PersistentVolumeClaim is Bound once its disk image is in the claim store, and the image
 * goes when the claim does, but not while a machine uses it. Importing is `virtctl image import`'s work.
 */
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import { claimsOf } from "../core/claim-use";
import { isDeleting } from "../core/deletion";
import { isFinal } from "../core/phases";
import type { KubeClient } from "../kube/client";
import { isNotFound } from "../kube/errors";
import { Informer } from "../kube/informer";
import { coreResources, type KubeObject, keyOf } from "../kube/resource";
import { type Result, WorkQueue } from "../kube/work-queue";
import type { Logger } from "../runtime/log";
import type { ClaimStore } from "./volumes";

export const claimFinalizer = "kubernetes.io/pvc-protection";
export const localStorageClass = "local";

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
    if (claim.status?.phase === "Bound") return undefined;
    const image = await this.#o.store.locate(namespace, name);
    if (image === undefined) {
      await this.#writeStatus(claim, { phase: "Pending" });
      return undefined;
    }
    await this.#writeStatus(claim, {
      phase: "Bound",
      accessModes: claim.spec?.accessModes ?? ["ReadWriteOnce"],
      capacity: { storage: String(image.capacityBytes) },
    });
    this.#o.onBound(namespace);
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

  async #writeStatus(
    claim: PersistentVolumeClaim,
    status: NonNullable<PersistentVolumeClaim["status"]>,
  ): Promise<void> {
    if (claim.status?.phase === status.phase) return;
    const { namespace, name, resourceVersion } = claim.metadata;
    await this.#o.client.mergePatch(
      coreResources.persistentVolumeClaims,
      { namespace, name, subresource: "status" },
      { metadata: { resourceVersion }, status },
    );
  }
}
