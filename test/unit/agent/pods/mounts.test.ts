import { describe, expect, it } from "vitest";
import { type Mount, parseMounts, pathOf } from "../../../../provider/agent/pods/mounts";

const line = (device: string, root: string, mountPoint: string) =>
  `36 35 ${device} ${root} ${mountPoint} rw,noatime master:1 - ext3 /dev/root rw,errors=continue`;

describe("mounts as the kernel lists them", () => {
  it("are read line by line", () => {
    expect(parseMounts(`${line("98:0", "/mnt1", "/mnt2")}\n${line("0:21", "/", "/proc")}\n`)).toEqual([
      { id: "36", parent: "35", device: "98:0", root: "/mnt1", mountPoint: "/mnt2" },
      { id: "36", parent: "35", device: "0:21", root: "/", mountPoint: "/proc" },
    ]);
  });

  it("have their blanks, tabs, line ends and backslashes back", () => {
    const [read] = parseMounts(line("8:1", "/a\\040b\\011c", "/d\\012e\\134040f\\\\"));
    expect(read).toMatchObject({ root: "/a b\tc", mountPoint: "/d\ne\\040f\\\\" });
  });

  it.each(["", "\n\n", "36 35 98:0", "36 35 98:0 /", "nothing of the sort"])("are none in %j", (text) => {
    expect(parseMounts(text)).toEqual([]);
  });
});

/** A node's file systems: device, folder, place, and the index of what it is mounted on. The first is at the top. */
function mounts(...list: readonly (readonly [device: string, root: string, mountPoint: string, on?: number])[]) {
  const top: Mount = { id: "1", parent: "0", device: "0:1", root: "/", mountPoint: "/" };
  const others = list.map(([device, root, mountPoint, on = 0], index) => ({
    id: String(index + 2),
    parent: String(on + 1),
    device,
    root,
    mountPoint,
  }));
  return [top, ...others];
}

describe("the path here of what is mounted elsewhere", () => {
  const claim: Mount = { id: "90", parent: "89", device: "8:1", root: "/kubelet/1/disk", mountPoint: "/volumes/disk" };

  it.each<[string, readonly Mount[], string, string | undefined]>([
    ["is below the file system's root", mounts(["8:1", "/", "/host"]), "/host", "/host/kubelet/1/disk"],
    ["is below a part of it", mounts(["8:1", "/kubelet", "/host/k"]), "/host", "/host/k/1/disk"],
    ["is where the same is mounted", mounts(["8:1", claim.root, "/host/it"]), "/host", "/host/it"],
    ["is none of another file system", mounts(["8:2", "/", "/host"]), "/host", undefined],
    ["is none of another part", mounts(["8:1", "/other", "/host"]), "/host", undefined],
    ["is none of a part with a like name", mounts(["8:1", "/kubelet/1/disk-2", "/host"]), "/host", undefined],
    ["is none of a part of the claim", mounts(["8:1", `${claim.root}/sub`, "/host"]), "/host", undefined],
    [
      "is none outside of where it may be",
      mounts(["8:1", "/", "/elsewhere"], ["8:1", "/", "/hosts"]),
      "/host",
      undefined,
    ],
    ["is none where there are no mounts", [], "/", undefined],
  ])("%s", (_what, here, below, path) => {
    expect(pathOf(claim, here, below)).toBe(path);
  });

  it("begins at the top where the node's own file system shows it", () => {
    const own = { ...claim, device: "0:1" };
    expect(pathOf(own, mounts(), "/")).toBe("/kubelet/1/disk");
    expect(pathOf({ ...own, root: "/" }, mounts(), "/")).toBe("/");
  });

  it("is the whole of a file system", () => {
    const whole = { ...claim, device: "7:0", root: "/" };
    expect(pathOf(whole, mounts(["7:0", "/", "/host/var/lib/kubelet/x"]), "/host")).toBe("/host/var/lib/kubelet/x");
  });

  it("is below the mount that shows the least beside it, and below the last of equals", () => {
    const here = mounts(["8:1", "/kubelet", "/host/a"], ["8:1", "/", "/host/b"], ["8:1", "/kubelet", "/host/c"]);
    expect(pathOf(claim, here, "/host")).toBe("/host/c/1/disk");
  });

  it("is not below a mount that a later one hides, on its own place or above", () => {
    const stacked = mounts(["8:1", "/kubelet", "/host/k"], ["8:2", "/", "/host/k", 1]);
    expect(pathOf(claim, stacked, "/host")).toBeUndefined();
    const covered = mounts(["8:1", "/kubelet", "/host/old/k"], ["8:2", "/", "/host/old"]);
    expect(pathOf(claim, covered, "/host")).toBeUndefined();
    const otherwise = mounts(
      ["8:1", "/", "/host"],
      ["8:1", "/kubelet", "/host/old/k", 1],
      ["8:2", "/", "/host/old", 1],
    );
    expect(pathOf(claim, otherwise, "/host")).toBe("/host/kubelet/1/disk");
  });

  it("does not lead through what is mounted on a folder on the way", () => {
    const here = mounts(["8:1", "/", "/host"], ["8:2", "/", "/host/kubelet/1", 1], ["8:1", "/kubelet", "/host/k", 1]);
    expect(pathOf(claim, here, "/host")).toBe("/host/k/1/disk");
    expect(pathOf(claim, here.slice(0, 3), "/host")).toBeUndefined();
  });

  it("is below the uppermost of those that are mounted on one another", () => {
    const here = mounts(["8:2", "/", "/host"], ["8:1", "/", "/host", 1]);
    expect(pathOf(claim, here, "/host")).toBe("/host/kubelet/1/disk");
    const turned = mounts(["8:1", "/", "/host"], ["8:2", "/", "/host", 1]);
    expect(pathOf(claim, turned, "/host")).toBeUndefined();
  });

  it("is found where something is mounted over the top", () => {
    const here = mounts(["8:1", "/", "/"], ["8:3", "/", "/host", 1]);
    expect(pathOf(claim, here, "/")).toBe("/kubelet/1/disk");
  });
});
