/**
 * libvirt's own log of each domain, `<folder>/<domain>.log`: what QEMU was started with, and what it said when it ended.
 * libvirt never removes one, and writes to it without end where it runs without virtlogd. Here each is kept for as long as
 * there is a domain or a machine of that name, and within bounds.
 */
import { rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "../../runtime/error-code";
import { namesIn } from "../volumes/files";

/** Bytes after which a log is emptied. */
export const mostDomainLogBytes = 4 * 1024 * 1024;

export class DomainLogs {
  readonly #folder: string;

  constructor(options: { readonly folder: string }) {
    this.#folder = options.folder;
  }

  /** Of a domain that is gone, with its machine. No log is an answer. */
  async remove(domain: string): Promise<void> {
    for (const log of await this.#list()) if (log.domain === domain) await rm(log.path, { force: true });
  }

  /** `names`: of all domains and machines, asked for after the logs are listed: each of these had its domain before. */
  async tidy(names: () => Promise<ReadonlySet<string>>): Promise<void> {
    const logs = await this.#list();
    if (logs.length === 0) return;
    const known = await names();
    for (const { domain, path } of logs) {
      if (!known.has(domain)) await rm(path, { force: true });
      else if ((await sizeOf(path)) > mostDomainLogBytes) await truncate(path);
    }
  }

  async #list(): Promise<readonly { readonly domain: string; readonly path: string }[]> {
    return (await namesIn(this.#folder)).flatMap((file) => {
      // virtlogd has turned some over: NAME.log.0 and so on.
      const domain = /^(.+)\.log(\.\d+)?$/.exec(file)?.[1];
      return domain === undefined ? [] : [{ domain, path: join(this.#folder, file) }];
    });
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return 0;
    throw error;
  }
}
