/** A node's volumes in a temporary folder, and machines that ask for disks from registries until they have one. */
import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RegistryClient, type RegistrySettings } from "../../../../provider/agent/oci";
import {
  ClaimStore,
  RegistryDisks,
  type RegistryDisksOptions,
  VolumePendingError,
  VolumePreparer,
} from "../../../../provider/agent/volumes";
import type { Volume } from "../../../../provider/api/v1alpha1/volumes";
import type { VolumeSource } from "../../../../provider/core/convert/volume-source";
import { type Clock, systemClock } from "../../../../provider/runtime/clock";

/** Does not wait long before it asks again. */
const impatient: Clock = {
  now: systemClock.now,
  sleep: (milliseconds, signal) => systemClock.sleep(Math.min(milliseconds, 5), signal),
};

export interface PullOptions {
  readonly uid?: string;
  readonly namespace?: string;
  /** Name → content of the only secret. */
  readonly secret?: { readonly name: string; readonly content: Readonly<Record<string, Uint8Array>> };
  readonly imagePullSecret?: string;
}

export interface LabSettings {
  readonly client?: Partial<RegistrySettings>;
  readonly disks?: Partial<RegistryDisksOptions>;
  readonly root?: string;
}

export class PullLab {
  readonly root: string;
  readonly disks: RegistryDisks;
  readonly volumes: VolumePreparer;
  /** "type reason message", in the order in which they came. */
  readonly events: string[] = [];

  private constructor(root: string, { client, disks }: LabSettings) {
    this.root = root;
    this.disks = new RegistryDisks({
      root,
      client: new RegistryClient({ architecture: "amd64", silenceMs: 5_000, clock: impatient, ...client }),
      backoff: { initial: 1, max: 1 },
      reserveBytes: 0,
      ...disks,
    });
    this.volumes = new VolumePreparer({ root, claims: new ClaimStore({ root }), registry: this.disks });
  }

  static async open(settings: LabSettings = {}): Promise<PullLab> {
    const root = settings.root ?? (await mkdtemp(join(tmpdir(), "kubevirt-pull-")));
    await chmod(root, 0o711);
    return new PullLab(root, settings);
  }

  async close(): Promise<void> {
    await this.volumes.close();
    await rm(this.root, { recursive: true, force: true });
  }

  /** As a machine's start does: asks, and asks again when it is called. */
  async pull(image: string, options: PullOptions = {}): Promise<VolumeSource> {
    const { uid = randomUUID(), namespace = "default", secret, imagePullSecret } = options;
    const source = imagePullSecret === undefined ? { image } : { image, imagePullSecret };
    const volumes: Volume[] = [{ name: "root", registryDisk: source }];
    for (;;) {
      let called: () => void = () => undefined;
      const call = new Promise<void>((resolve) => {
        called = resolve;
      });
      try {
        const sources = await this.volumes.prepare(
          { uid, namespace, name: "web" },
          volumes,
          (name) => Promise.resolve(name === secret?.name ? secret.content : undefined),
          {
            event: ({ type, reason, message }) => this.events.push(`${type} ${reason} ${message}`),
            settled: called,
          },
        );
        const { root } = sources;
        if (root === undefined) throw new Error("no source was prepared");
        return root;
      } catch (error) {
        if (!(error instanceof VolumePendingError)) throw error;
        await call;
      }
    }
  }

  /** Every file below the folder, machines' own excepted. */
  async left(): Promise<readonly string[]> {
    const entries = await readdir(this.root, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.root.length + 1))
      .filter((path) => !path.startsWith("machines/"))
      .sort();
  }
}
