/**
 * `virtctl image import`: makes a PersistentVolumeClaim of the local engine from an image file. The claim is declared
 * first, so that an interrupted import is visible as a Pending claim and can simply be run again.
 */
import { resolve } from "node:path";
import type { PersistentVolumeClaim } from "../../agent/claims";
import { ClaimStore } from "../../agent/volumes";
import { parseQuantity, quantityToBytes } from "../../api/quantity";
import { childAt } from "../../core/json-tree";
import { claimFinalizer, localStorageClass, printCapacity } from "../../core/plan/claim";
import type { KubeClient } from "../../kube/client";
import { isAlreadyExists } from "../../kube/errors";
import { coreResources } from "../../kube/resource";
import { waitFor } from "../../lifecycle/wait";
import type { StatePaths } from "../virt-local/state-directory";
import { connectToEngine, runningEngine } from "./connect";

export interface ImageImportOptions {
  readonly file: string;
  readonly claim: string;
  readonly namespace: string;
  readonly paths: StatePaths;
}

const importedAtAnnotation = "kubevirt.io/imported-at";

/** How long an engine takes to notice a disk, at the very most. */
const bindingMs = 10_000;

export async function imageImport(options: ImageImportOptions): Promise<string> {
  const { paths, namespace, claim } = options;
  const { volumes } = runningEngine(paths);
  const client = await connectToEngine(paths);
  try {
    const bytes = await importClaim(client, new ClaimStore({ root: volumes }), options);
    return `Imported ${options.file} as claim ${namespace}/${claim} (${Math.ceil(bytes / 1024 / 1024)} MiB).`;
  } finally {
    client.connection.close();
  }
}

/** Answers the size of the disk in bytes. */
export async function importClaim(
  client: KubeClient,
  store: ClaimStore,
  source: Pick<ImageImportOptions, "file" | "claim" | "namespace">,
): Promise<number> {
  const { namespace, claim } = source;
  await declareClaim(client, source);
  const { capacityBytes } = await store.import({ file: resolve(source.file), namespace, claim });
  const address = { namespace, name: claim };
  // Also wakes the engine, which binds the claim to what was imported.
  await client.mergePatch(coreResources.persistentVolumeClaims, address, {
    metadata: { annotations: { [importedAtAnnotation]: new Date().toISOString() } },
  });
  await askForWhatItHas(client, address, capacityBytes);
  return capacityBytes;
}

/** What a claim asks for can be changed once it is bound. */
async function askForWhatItHas(
  client: KubeClient,
  address: { readonly namespace: string; readonly name: string },
  bytes: number,
): Promise<void> {
  const outcome = await waitFor({
    client,
    resource: coreResources.persistentVolumeClaims,
    address,
    condition: (live) => {
      const phase: string | undefined = live?.status?.phase;
      return phase === "Bound" ? { kind: "met" } : { kind: "waiting", what: "the engine binds it to its disk" };
    },
    timeoutMs: bindingMs,
    onProgress: () => undefined,
  });
  // It has its disk all the same, and what that holds is told when an engine that is well comes to it.
  if (outcome.kind !== "met") return;
  // Somebody who declared it before may have asked for more, and has got it.
  const asked = parseQuantity(String(childAt(outcome.object?.spec, ["resources", "requests", "storage"]) ?? 0));
  if (asked !== undefined && quantityToBytes(asked) >= bytes) return;
  await client.mergePatch(coreResources.persistentVolumeClaims, address, {
    spec: { resources: { requests: { storage: printCapacity(bytes) } } },
  });
}

async function declareClaim(
  client: KubeClient,
  { namespace, claim }: Pick<ImageImportOptions, "claim" | "namespace">,
): Promise<void> {
  try {
    await client.create<PersistentVolumeClaim>(coreResources.persistentVolumeClaims, {
      metadata: { namespace, name: claim, finalizers: [claimFinalizer] },
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: localStorageClass,
        volumeName: `${namespace}-${claim}`,
        resources: { requests: { storage: "1" } },
      },
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const existing = await client.get<PersistentVolumeClaim>(coreResources.persistentVolumeClaims, {
      namespace,
      name: claim,
    });
    if (existing.status?.phase === "Bound") {
      throw new Error(
        `claim ${namespace}/${claim} exists already and has a disk; choose another --name, or delete it first: kubectl delete pvc ${claim} --namespace ${namespace}`,
      );
    }
  }
}
