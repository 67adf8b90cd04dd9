/**
 * What references stood for when they were pulled last: `<root>/registry/images/<key>.json`. A reference counts as known
 * to those who pulled it the same way, that is without credentials, or with the secret of that name in that namespace:
 * a machine that may not pull an image does not get it because another one could.
 */
import { readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { child } from "../../../core/json-tree";
import { hasCode } from "../../../runtime/error-code";
import { writeTextWhole } from "../../../runtime/whole-file";
import { type Digest, parseDigest, sha256Of } from "../../oci/digest";
import { makeFolder, namesIn } from "../files";

export interface KnownImage {
  /** What the reference stood for: a manifest or an index. */
  readonly digest: Digest;
  readonly manifestDigest: Digest;
}

export interface PulledAs {
  /** The full form of the reference. */
  readonly reference: string;
  /** The secret that it was pulled with; undefined for none. */
  readonly secret: { readonly namespace: string; readonly name: string } | undefined;
}

export class KnownImages {
  readonly #folder: string;

  /** `root`: the folder of all volumes. */
  constructor(root: string) {
    this.#folder = join(root, "registry", "images");
  }

  async recall(pulled: PulledAs): Promise<KnownImage | undefined> {
    return readKnown(this.#fileOf(pulled));
  }

  /** Writes nothing when nothing is new. */
  async remember(pulled: PulledAs, { digest, manifestDigest }: KnownImage): Promise<void> {
    const path = this.#fileOf(pulled);
    const known = await readKnown(path);
    if (known?.digest.text === digest.text && known.manifestDigest.text === manifestDigest.text) return;
    await makeFolder(dirname(path));
    const record = { reference: pulled.reference, digest: digest.text, manifestDigest: manifestDigest.text };
    await writeTextWhole(path, `${JSON.stringify(record)}\n`);
  }

  /** After a disk was removed: nothing that is known leads to it any more. */
  async forget(manifestDigest: Digest): Promise<void> {
    for (const name of await namesIn(this.#folder)) {
      const path = join(this.#folder, name);
      if ((await readKnown(path))?.manifestDigest.text === manifestDigest.text) await rm(path, { force: true });
    }
  }

  #fileOf({ reference, secret }: PulledAs): string {
    const how = secret === undefined ? "" : `${secret.namespace}/${secret.name}`;
    return join(this.#folder, `${sha256Of(`${reference}\n${how}`).hex}.json`);
  }
}

async function readKnown(path: string): Promise<KnownImage | undefined> {
  let record: unknown;
  try {
    record = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if (hasCode(error, "ENOENT") || error instanceof SyntaxError) return undefined;
    throw error;
  }
  const digest = parseDigest(child(record, "digest"));
  const manifestDigest = parseDigest(child(record, "manifestDigest"));
  return digest === undefined || manifestDigest === undefined ? undefined : { digest, manifestDigest };
}
