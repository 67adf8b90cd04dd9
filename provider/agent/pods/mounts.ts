/** Mounts as /proc/PID/mountinfo lists them (proc_pid_mountinfo(5)), and what is reached by a path through them. Pure. */
export interface Mount {
  readonly id: string;
  /** Id of the mount that it is mounted on. */
  readonly parent: string;
  /** `major:minor` of the file system. */
  readonly device: string;
  /** The folder of the file system that is mounted. */
  readonly root: string;
  readonly mountPoint: string;
}

export function parseMounts(mountinfo: string): readonly Mount[] {
  return mountinfo.split("\n").flatMap((line) => {
    const [id, parent, device, root, mountPoint] = line.split(" ");
    if (id === undefined || parent === undefined || device === undefined) return [];
    if (root === undefined || mountPoint === undefined) return [];
    return [{ id, parent, device, root: unescaped(root), mountPoint: unescaped(mountPoint) }];
  });
}

/** The kernel writes blanks and backslashes as three octal digits. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/**
 * Where what is mounted elsewhere can be reached by a path here: below the mount that shows most of the same file system,
 * the last of equals. Undefined when none of these mounts shows it, or others hide it wherever one does.
 */
export function pathOf(wanted: Mount, here: readonly Mount[], below: string): string | undefined {
  const mountAt = resolverOf(here);
  let best: { readonly path: string; readonly depth: number } | undefined;
  for (const mount of here) {
    const { device, root, mountPoint } = mount;
    if (device !== wanted.device || !isWithin(mountPoint, below) || !isWithin(wanted.root, root)) continue;
    const rest = wanted.root.slice(root === "/" ? 0 : root.length);
    const path = `${mountPoint === "/" ? "" : mountPoint}${rest === "/" ? "" : rest}` || "/";
    const isNearer = best === undefined || root.length >= best.depth;
    if (isNearer && mountAt(path) === mount) best = { path, depth: root.length };
  }
  return best?.path;
}

/** Finds the mount that a path ends in, as the kernel walks it: into whatever is mounted on each folder on the way. */
function resolverOf(mounts: readonly Mount[]): (path: string) => Mount | undefined {
  const place = (parent: string, mountPoint: string) => `${parent} ${mountPoint}`;
  const mountedOn = new Map(mounts.map((mount) => [place(mount.parent, mount.mountPoint), mount]));
  const ids = new Set(mounts.map(({ id }) => id));
  const first = mounts.find(({ mountPoint, parent }) => mountPoint === "/" && !ids.has(parent));
  return (path) => {
    let current = first;
    const enter = (folder: string) => {
      for (let next = current; next !== undefined; next = mountedOn.get(place(next.id, folder))) current = next;
    };
    enter("/");
    let folder = "";
    for (const name of path.split("/").filter(Boolean)) {
      folder += `/${name}`;
      enter(folder);
    }
    return current;
  };
}

function isWithin(path: string, folder: string): boolean {
  return folder === "/" || path === folder || path.startsWith(`${folder}/`);
}
