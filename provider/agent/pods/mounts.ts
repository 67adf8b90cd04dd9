/** Mounts as /proc/PID/mountinfo lists them (proc_pid_mountinfo(5)). Pure. */
export interface Mount {
  /** `major:minor` of the file system. */
  readonly device: string;
  /** The folder of the file system that is mounted. */
  readonly root: string;
  readonly mountPoint: string;
}

export function parseMounts(mountinfo: string): readonly Mount[] {
  return mountinfo.split("\n").flatMap((line) => {
    const [, , device, root, mountPoint] = line.split(" ");
    if (device === undefined || root === undefined || mountPoint === undefined) return [];
    return [{ device, root: unescaped(root), mountPoint: unescaped(mountPoint) }];
  });
}

/** The kernel writes blanks and backslashes as three octal digits. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/**
 * Where what is mounted elsewhere can be reached by a path here: below the mount that shows most of the same file system.
 * Undefined when none of these mounts shows it. Later mounts hide earlier ones, so the last of equals counts.
 */
export function pathOf(wanted: Mount, here: readonly Mount[], below: string): string | undefined {
  let best: { readonly path: string; readonly depth: number } | undefined;
  for (const { device, root, mountPoint } of here) {
    if (device !== wanted.device || !isWithin(mountPoint, below)) continue;
    if (!isWithin(wanted.root, root)) continue;
    const rest = wanted.root.slice(root === "/" ? 0 : root.length);
    if (best === undefined || root.length >= best.depth) {
      best = { path: `${mountPoint}${rest === "/" ? "" : rest}`, depth: root.length };
    }
  }
  return best?.path;
}

function isWithin(path: string, folder: string): boolean {
  return folder === "/" || path === folder || path.startsWith(`${folder}/`);
}
