/**
 * The guests of both nodes as the host has them: QEMU processes, by /proc. It needs neither the API nor a network, so it
 * tells the truth about a node that is cut off.
 */
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { hasCode } from "../../../provider/runtime/error-code";

export interface GuestProcess {
  /** On the host. */
  readonly pid: number;
  /** Clock ticks since the host's boot: with the process id, it tells a process from a later one. */
  readonly startedAt: string;
  /** `namespace_name`. */
  readonly machine: string;
  readonly uid: string;
  readonly node: string;
}

/** Undefined for a process that has ended meanwhile, or that shows this to nobody. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH", "EACCES", "EINVAL")) return undefined;
    throw error;
  }
}

const textOf = (pid: number, file: string) => attempt(() => readFileSync(`/proc/${pid}/${file}`, "utf8"));

/** State and start of a process: fields 3 and 22 of proc_pid_stat(5). Its name may hold anything but ends at the last bracket. */
export function lifeOf(pid: number): { readonly state: string; readonly startedAt: string } | undefined {
  const fields = textOf(pid, "stat")
    ?.replace(/^.*\) /s, "")
    .split(" ");
  const [state, startedAt] = [fields?.[0], fields?.[19]];
  return state === undefined || startedAt === undefined ? undefined : { state, startedAt };
}

/** The node that a process belongs to, by its cgroup. */
export function nodeOf(pid: number): string | undefined {
  return /^\d+:[^:]*:\/(node\d)\//m.exec(textOf(pid, "cgroup") ?? "")?.[1];
}

function guestOf(pid: number): GuestProcess | undefined {
  if (textOf(pid, "comm")?.startsWith("qemu-system") !== true) return undefined;
  const life = lifeOf(pid);
  if (life === undefined || life.state === "Z" || life.state === "X") return undefined;
  const command = textOf(pid, "cmdline") ?? "";
  const machine = /guest=([^,\0]+)/.exec(command)?.[1];
  const uid = /\0-uuid\0([0-9a-f-]+)/.exec(command)?.[1];
  const node = nodeOf(pid);
  // libvirt runs QEMU also to ask what it can do; and this machine may have guests of others.
  if (machine === undefined || uid === undefined || node === undefined) return undefined;
  return { pid, startedAt: life.startedAt, machine, uid, node };
}

export function guestProcesses(): readonly GuestProcess[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (guestOf(Number(name)) ?? []) : []));
}

/** The disks that a guest has open for writing, by the kernel's numbers: the same on every path and every node. */
export function writtenDisks({ pid }: GuestProcess): readonly string[] {
  const descriptors = attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
  return descriptors.flatMap((descriptor) => {
    const path = attempt(() => readlinkSync(`/proc/${pid}/fd/${descriptor}`)) ?? "";
    if (!/\.(claim|block|qcow2)$/.test(path)) return [];
    const flags = /^flags:\s+([0-7]+)/m.exec(textOf(pid, `fdinfo/${descriptor}`) ?? "")?.[1] ?? "0";
    if ((Number.parseInt(flags, 8) & 3) === 0) return [];
    const file = attempt(() => statSync(`/proc/${pid}/fd/${descriptor}`));
    if (file === undefined) return [];
    return [file.isBlockDevice() ? `device ${file.rdev}` : `file ${file.dev}:${file.ino}`];
  });
}
