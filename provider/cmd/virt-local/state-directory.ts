/**
 * The folder of one local engine: its database, keys, token, kubeconfig, log and record. Others may pass
 * through it (mode 0711) to reach the disks, and can read nothing in it. Its names are fixed here and nowhere else.
 */
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { writeTextWhole } from "../../runtime/whole-file";

export interface StatePaths {
  readonly root: string;
  readonly database: string;
  readonly kubeconfig: string;
  readonly token: string;
  readonly tls: string;
  readonly log: string;
  readonly record: string;
}

/** `--state-dir`, else $KUBEVIRT_HOME, else ~/.kubevirt. */
export function statePaths(given: string | undefined, env: NodeJS.ProcessEnv = process.env): StatePaths {
  const root = resolve(given ?? env.KUBEVIRT_HOME ?? join(homedir(), ".kubevirt"));
  return {
    root,
    database: join(root, "store.db"),
    kubeconfig: join(root, "kubeconfig"),
    token: join(root, "token"),
    tls: join(root, "tls"),
    log: join(root, "virt-local.log"),
    record: join(root, "engine.json"),
  };
}

/** What a running engine says about itself. It may be out of date: the process may be gone. */
export interface EngineRecord {
  readonly pid: number;
  readonly server: string;
  readonly version: string;
  /** Folder with the disks of claims and machines. */
  readonly volumes: string;
  readonly startedAt: string;
}

/** The state folder cannot be used; the message has the remedy. */
export class StateDirectoryError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StateDirectoryError";
  }
}

export function ensureStateDirectory(paths: StatePaths): void {
  try {
    mkdirSync(paths.root, { recursive: true, mode: 0o711 });
  } catch (cause) {
    throw new StateDirectoryError(
      `the state folder ${paths.root} cannot be made: ${messageOf(cause)}; choose another with --state-dir`,
      { cause },
    );
  }
  const { mode, uid } = statSync(paths.root);
  if (process.getuid !== undefined && uid !== process.getuid()) {
    throw new StateDirectoryError(
      `the state folder ${paths.root} belongs to another user; choose another with --state-dir`,
    );
  }
  if ((mode & 0o066) !== 0) {
    throw new StateDirectoryError(
      `the state folder ${paths.root} is open to other users (mode ${(mode & 0o777).toString(8)}) and would hold keys; run: chmod 711 ${paths.root}`,
    );
  }
}

export function readRecord(paths: StatePaths): EngineRecord | undefined {
  if (!existsSync(paths.record)) return undefined;
  try {
    return JSON.parse(readFileSync(paths.record, "utf8")) as EngineRecord;
  } catch (cause) {
    throw new StateDirectoryError(
      `${paths.record} cannot be read: ${messageOf(cause)}; remove it and start the engine again`,
      { cause },
    );
  }
}

export function writeRecord(paths: StatePaths, record: EngineRecord): Promise<void> {
  return writeTextWhole(paths.record, `${JSON.stringify(record, null, 2)}\n`);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
