/**
 * `virtctl image import`: makes a PersistentVolumeClaim of the local engine from an image file. The claim is declared
 * first, so that an interrupted import is visible as a Pending claim and can simply be run again.
 */
import { resolve } from "node:path";
import type { PersistentVolumeClaim } from "../../agent/claims";
import { ClaimStore } from "../../agent/volumes";
import { claimFinalizer, localStorageClass } from "../../core/plan/claim";
import type { KubeClient } from "../../kube/client";
import { isAlreadyExists } from "../../kube/errors";
import { coreResources } from "../../kube/resource";
import type { StatePaths } from "../virt-local/state-directory";
import { connectToEngine, runningEngine } from "./connect";

export interface ImageImportOptions {
  readonly file: string;
  readonly claim: string;
  readonly namespace: string;
  readonly paths: StatePaths;
}

const importedAtAnnotation = "kubevirt.io/imported-at";

export async function imageImport(options: ImageImportOptions): Promise<string> {
  const { paths, namespace, claim } = options;
  const { volumes } = runningEngine(paths);
  const client = await connectToEngine(paths);
  try {
    await declareClaim(client, options);
    const store = new ClaimStore({ root: volumes });
    const { capacityBytes } = await store.import({ file: resolve(options.file), namespace, claim });
    await client.mergePatch(
      coreResources.persistentVolumeClaims,
      { namespace, name: claim },
      {
        metadata: { annotations: { [importedAtAnnotation]: new Date().toISOString() } },
        spec: { resources: { requests: { storage: String(capacityBytes) } } },
      },
    );
    return `Imported ${options.file} as claim ${namespace}/${claim} (${Math.ceil(capacityBytes / 1024 / 1024)} MiB).`;
  } finally {
    client.connection.close();
  }
}

async function declareClaim(client: KubeClient, { namespace, claim }: ImageImportOptions): Promise<void> {
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
