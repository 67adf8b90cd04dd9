/**
 * Makes a machine's volumes ready on this node and takes them away again. A machine's own files are in
 * `<root>/machines/<uid>/<volume>.<kind>`; what is there under its final name is complete, so preparing again after a
 * crash goes on where it stopped. The folders under `machines` are the only record of which machines have files here.
 */
import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseQuantity, quantityToBytes } from "../../api/quantity";
import type { Volume } from "../../api/v1alpha1/volumes";
import { cloudInitDocuments, userDataOf, userDataSecretKey } from "../../core/cloud-init";
import type { VolumeSource, VolumeSources } from "../../core/convert/volume-source";
import { hasCode } from "../../runtime/error-code";
import { type Logger, silentLogger } from "../../runtime/log";
import type { ClaimLocator } from "./claim-store";
import { writeNoCloudIso } from "./cloud-init-iso";
import { ensureEmptyDisk } from "./empty-disk";
import { ensureOverlay } from "./ephemeral";
import { isObjectName, isUid, machinesFolder, makeFolder } from "./files";
import { mostVirtualBytes } from "./image-header";
import { locateClaim } from "./persistent";
import type { ReadSecret } from "./registry/pull-secret";
import type { DiskNews, RegistryDisks } from "./registry/registry-disks";
import { prepareRegistryVolume } from "./registry/registry-volume";
import { CommandError, isOutOfSpace, type RunCommand, runCommand } from "./run-command";
import { VolumeError, VolumePendingError } from "./volume-error";

export interface MachineIdentity {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
}

export interface VolumePreparerOptions {
  readonly root: string;
  readonly claims: ClaimLocator;
  /** Undefined on a node that pulls nothing. */
  readonly registry?: RegistryDisks;
  readonly run?: RunCommand;
  readonly log?: Logger;
}

interface Work {
  readonly machine: MachineIdentity;
  readonly volume: Volume;
  /** The machine's folder. */
  readonly folder: string;
  readonly readSecret: ReadSecret;
  readonly news: DiskNews;
}

const unheard: DiskNews = { event: () => undefined, settled: () => undefined };

export class VolumePreparer {
  readonly #machines: string;
  readonly #claims: ClaimLocator;
  readonly #registry: RegistryDisks | undefined;
  readonly #run: RunCommand;
  readonly #log: Logger;

  constructor(options: VolumePreparerOptions) {
    this.#machines = machinesFolder(options.root);
    this.#claims = options.claims;
    this.#registry = options.registry;
    this.#run = options.run ?? runCommand;
    this.#log = options.log ?? silentLogger;
  }

  /**
   * Throws VolumeError for the first volume that cannot be made ready, and VolumePendingError for one that is being
   * pulled; what was made before stays for the next try.
   */
  async prepare(
    machine: MachineIdentity,
    volumes: readonly Volume[],
    readSecret: ReadSecret,
    news: DiskNews = unheard,
  ): Promise<VolumeSources> {
    const folder = this.#folderOf(machine.uid);
    const sources: [string, VolumeSource][] = [];
    let pending: VolumePendingError | undefined;
    // Also for a machine without volumes: the folder says that something was begun for it here.
    await this.#begin(folder, volumes);
    for (const volume of volumes) {
      const work = { machine, volume, folder, readSecret, news };
      try {
        if (!isObjectName(volume.name)) {
          throw new VolumeError("is not a name for a volume", { volume: volume.name, reason: "Unsupported" });
        }
        sources.push([volume.name, await this.#prepareOne(work)]);
      } catch (error) {
        // The others can be begun meanwhile.
        if (!(error instanceof VolumePendingError)) throw asVolumeError(error, volume.name);
        pending ??= error;
      }
    }
    if (pending !== undefined) throw pending;
    this.#log.debug({ uid: machine.uid, volumes: sources.map(([name]) => name) }, "volumes are ready");
    return Object.fromEntries(sources);
  }

  /** Gives up pulls that go on. */
  async close(): Promise<void> {
    await this.#registry?.close();
  }

  /** Removes what prepare made for this machine; claims stay. No files are an answer. */
  async remove(uid: string): Promise<void> {
    this.#registry?.release(uid);
    await rm(this.#folderOf(uid), { recursive: true, force: true });
    this.#registry?.tidy();
  }

  /** Whether the machine has a folder here: it has been begun and not yet removed. */
  async holds(uid: string): Promise<boolean> {
    if (!isUid(uid)) {
      return false;
    }
    try {
      return (await lstat(this.#folderOf(uid))).isDirectory();
    } catch (error) {
      if (hasCode(error, "ENOENT")) {
        return false;
      }
      throw error;
    }
  }

  /** UIDs of the machines that have files here. */
  async list(): Promise<readonly string[]> {
    try {
      const entries = await readdir(this.#machines, { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory() && isUid(entry.name)).map((entry) => entry.name);
    } catch (error) {
      if (hasCode(error, "ENOENT")) {
        return [];
      }
      throw error;
    }
  }

  async #begin(folder: string, volumes: readonly Volume[]): Promise<void> {
    try {
      await makeFolder(folder);
    } catch (error) {
      throw asVolumeError(error, volumes[0]?.name ?? "");
    }
  }

  #folderOf(uid: string): string {
    if (!isUid(uid)) {
      throw new Error(`${JSON.stringify(uid)} is not the UID of a machine`);
    }
    return join(this.#machines, uid);
  }

  #prepareOne(work: Work): Promise<VolumeSource> {
    const { volume } = work;
    if (volume.persistentVolumeClaim !== undefined) {
      return this.#persistent(work, volume.persistentVolumeClaim);
    }
    if (volume.ephemeral?.persistentVolumeClaim !== undefined) {
      return this.#ephemeral(work, volume.ephemeral.persistentVolumeClaim.claimName);
    }
    if (volume.cloudInitNoCloud !== undefined) {
      return this.#cloudInit(work);
    }
    if (volume.emptyDisk !== undefined) {
      return this.#emptyDisk(work, volume.emptyDisk.capacity);
    }
    if (volume.registryDisk !== undefined && this.#registry !== undefined) {
      const { machine, folder, readSecret, news } = work;
      const { image, imagePullSecret } = volume.registryDisk;
      const request = {
        machine,
        volume: volume.name,
        image,
        imagePullSecret,
        folder,
        readSecret,
        news,
        run: this.#run,
      };
      return prepareRegistryVolume(this.#registry, request);
    }
    const why = volume.registryDisk === undefined ? "has no source that this node knows" : "this node pulls no images";
    return Promise.reject(new VolumeError(why, { volume: volume.name, reason: "Unsupported" }));
  }

  async #persistent(work: Work, source: { claimName: string; readOnly?: boolean | undefined }): Promise<VolumeSource> {
    const { volume, machine } = work;
    const { path, kind = "file" } = await locateClaim(this.#claims, {
      uid: machine.uid,
      volume: volume.name,
      namespace: machine.namespace,
      claim: source.claimName,
    });
    return { kind, path, format: "raw", ...(source.readOnly === true && { readOnly: true }) };
  }

  async #ephemeral(work: Work, claim: string): Promise<VolumeSource> {
    const { volume, machine, folder } = work;
    const base = await locateClaim(this.#claims, {
      uid: machine.uid,
      volume: volume.name,
      namespace: machine.namespace,
      claim,
    });
    const path = join(folder, `${volume.name}.qcow2`);
    await ensureOverlay(path, { ...base, format: "raw" }, this.#run);
    return { kind: "file", path, format: "qcow2", backing: { path: base.path, format: "raw" } };
  }

  async #emptyDisk(work: Work, capacity: string | number): Promise<VolumeSource> {
    const { volume, folder } = work;
    const quantity = parseQuantity(capacity);
    const bytes = quantity === undefined ? 0n : quantityToBytes(quantity);
    if (bytes <= 0n || bytes > BigInt(mostVirtualBytes)) {
      throw new VolumeError(
        `a capacity of ${JSON.stringify(capacity)} is not between 1 and ${mostVirtualBytes} bytes`,
        {
          volume: volume.name,
          reason: "Unsupported",
        },
      );
    }
    const path = join(folder, `${volume.name}.qcow2`);
    await ensureEmptyDisk(path, Number(bytes), this.#run);
    return { kind: "file", path, format: "qcow2" };
  }

  async #cloudInit(work: Work): Promise<VolumeSource> {
    const { volume, machine, folder } = work;
    const userData = await this.#userData(work);
    const path = join(folder, `${volume.name}.iso`);
    await writeNoCloudIso(path, cloudInitDocuments(machine, userData), this.#run);
    return { kind: "file", path, format: "raw" };
  }

  async #userData({ volume, readSecret }: Work): Promise<Uint8Array> {
    const source = userDataOf(volume);
    if (source === undefined) {
      throw new VolumeError("has no user data that can be read: give userData, userDataBase64 or secretRef", {
        volume: volume.name,
        reason: "Unsupported",
      });
    }
    if (source.kind === "inline") {
      return source.userData;
    }
    const secret = await readSecret(source.secretName);
    const userData =
      secret !== undefined && Object.hasOwn(secret, userDataSecretKey) ? secret[userDataSecretKey] : undefined;
    if (userData === undefined) {
      const missing = secret === undefined ? "does not exist" : `has no key "${userDataSecretKey}"`;
      throw new VolumeError(
        `secret "${source.secretName}" ${missing}; create it with: kubectl create secret generic ${source.secretName} --from-file=${userDataSecretKey}=FILE`,
        { volume: volume.name, reason: "SecretNotFound" },
      );
    }
    return userData;
  }
}

/** Faults of the disk and of qemu-img become the volume's; anything else (an API that is away) is not the volume's fault. */
function asVolumeError(error: unknown, volume: string): unknown {
  if (error instanceof VolumeError) {
    return error;
  }
  if (isOutOfSpace(error)) {
    return new VolumeError("no space left on the node's disk", { volume, reason: "OutOfSpace", cause: error });
  }
  if (error instanceof CommandError) {
    return new VolumeError(error.message, { volume, reason: "ImageUnreadable", cause: error });
  }
  return error;
}
