/**
 * QEMU runs as a user of its own and opens images by their path, so it must be able to pass through every folder above
 * them. A state folder inside a private home does not work, and QEMU only says "Permission denied": this finds the
 * folder that is in the way before a machine is started. An access control list may let that user in where the mode
 * does not, so it is asked for when the mode says no.
 */
import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { hasCode } from "../../runtime/error-code";
import { CommandError, runCommand } from "./run-command";

export interface TraversalFault {
  /** The first folder, from the top, that QEMU's user cannot enter. */
  readonly folder: string;
  readonly mode: number;
  /** The user's name, where this node has one of the usual names. */
  readonly user: string | undefined;
}

export interface QemuUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** How the check learns about this node; a test gives its own. */
export interface TraversalSources {
  readonly user: QemuUser | undefined;
  /** The folder's access control list as getfacl prints it with numbers; undefined when there is no telling. */
  readonly readAcl: (folder: string) => Promise<string | undefined>;
}

/** The users that Debian's and Fedora's packages make for QEMU. */
const usualNames = ["libvirt-qemu", "qemu"];

export function parseQemuUser(passwd: string): QemuUser | undefined {
  for (const line of passwd.split("\n")) {
    const [name = "", , uid, gid] = line.split(":");
    if (usualNames.includes(name)) {
      return { name, uid: Number(uid), gid: Number(gid) };
    }
  }
  return undefined;
}

async function readAcl(folder: string): Promise<string | undefined> {
  let text = "";
  try {
    await runCommand("getfacl", ["--omit-header", "--absolute-names", "--numeric", "--no-effective", "--", folder], {
      onOutput: (output) => {
        text += output;
      },
    });
    return text;
  } catch (error) {
    if (error instanceof CommandError) {
      return undefined;
    }
    throw error;
  }
}

async function thisNode(): Promise<TraversalSources> {
  return { user: parseQemuUser(await readFile("/etc/passwd", "utf8")), readAcl };
}

/** Whether a list's entry for this user (under its mask) has the right to enter. */
function aclLetsIn(acl: string, user: QemuUser): boolean {
  const rights = new Map(
    acl.split("\n").map((line) => [line.slice(0, line.lastIndexOf(":")), line.slice(-3)] as const),
  );
  const entry = rights.get(`user:${user.uid}`);
  return entry?.endsWith("x") === true && rights.get("mask:")?.endsWith("x") !== false;
}

/** Folders that do not exist yet are made traversable by who makes them, and are no fault. */
export async function findTraversalFault(
  root: string,
  sources?: TraversalSources,
): Promise<TraversalFault | undefined> {
  const { user, readAcl: aclOf } = sources ?? (await thisNode());
  const folders = [resolve(root)];
  for (let folder = resolve(root); dirname(folder) !== folder; folder = dirname(folder)) {
    folders.unshift(dirname(folder));
  }
  for (const folder of folders) {
    try {
      const { mode, uid, gid } = await stat(folder);
      // The first class that fits decides, as the kernel does it: owner, group, others.
      const execute = user?.uid === uid ? 0o100 : user?.gid === gid ? 0o010 : 0o001;
      if ((mode & execute) !== 0) {
        continue;
      }
      const acl = user === undefined ? undefined : await aclOf(folder);
      if (user === undefined || acl === undefined || !aclLetsIn(acl, user)) {
        return { folder, mode: mode & 0o7777, user: user?.name };
      }
    } catch (error) {
      if (hasCode(error, "ENOENT")) {
        return undefined;
      }
      throw error;
    }
  }
  return undefined;
}

/** One line: what is in the way and the ways out. */
export function describeTraversalFault(root: string, fault: TraversalFault): string {
  const { folder, user } = fault;
  const mode = fault.mode.toString(8).padStart(4, "0");
  const alone = user === undefined ? "" : ` (or, for that user alone: setfacl -m u:${user}:x ${folder})`;
  return `QEMU cannot reach the images in ${root}: its user ${user === undefined ? "" : `${user} `}may not enter ${folder} (mode ${mode}). Allow it with: chmod o+x ${folder}${alone}, or keep the images elsewhere, for instance under /var/lib`;
}
