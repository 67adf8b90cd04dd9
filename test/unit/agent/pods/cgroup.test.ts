import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PodCgroups } from "../../../../provider/agent/pods/cgroup";
import { parseCgroups } from "../../../../provider/agent/pods/launcher";

const pod = "kubepods/burstable/pod1";

describe("a pod's cgroups", () => {
  let root: string;
  let cgroups: PodCgroups;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "cgroup-"));
    cgroups = new PodCgroups(root);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** The kernel makes these files as a group is made; here they are there before, or not at all. */
  function group(path: string, files: Readonly<Record<string, string>> = {}): string {
    mkdirSync(join(root, path), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, path, name), text);
    return join(root, path);
  }
  const read = (...path: string[]) => readFileSync(join(root, ...path), "utf8");

  it("of version 2 have the machine beside the launcher", async () => {
    group(`${pod}/container`);
    const launcher = parseCgroups(`0::/${pod}/container\n`);
    await cgroups.add(launcher, [101]);
    expect(read(pod, "virt-machine", "cgroup.procs")).toBe("101");
    expect(await cgroups.members(launcher)).toEqual([101]);
  });

  it("of version 1 have it in every hierarchy that the node has mounted", async () => {
    const mounted = ["memory", "cpu,cpuacct", "systemd", "unified"];
    for (const hierarchy of mounted) group(`${hierarchy}/${pod}/container`);
    const launcher = parseCgroups(
      [
        `5:memory:/${pod}/container`,
        `4:cpu,cpuacct:/${pod}/container`,
        `3:rdma:/${pod}/container`,
        `1:name=systemd:/${pod}/container`,
        `0::/${pod}/container`,
      ].join("\n"),
    );
    await cgroups.add(launcher, [101]);
    for (const hierarchy of mounted) expect(read(hierarchy, pod, "virt-machine", "cgroup.procs")).toBe("101");
    expect(existsSync(join(root, "rdma"))).toBe(false);
  });

  it("of version 1 have processors and memory before anybody is let in", async () => {
    group(`cpuset/${pod}`, { "cpuset.cpus": "0-1\n", "cpuset.mems": "0\n" });
    // As the kernel makes it: with both files, and nothing in them.
    group(`cpuset/${pod}/virt-machine`, { "cpuset.cpus": "\n", "cpuset.mems": "\n" });
    await cgroups.add(parseCgroups(`3:cpuset:/${pod}/container\n`), [101]);
    expect(read("cpuset", pod, "virt-machine", "cpuset.cpus")).toBe("0-1");
    expect(read("cpuset", pod, "virt-machine", "cpuset.mems")).toBe("0");
  });

  it("keep processors and memory that the machine has already", async () => {
    group(`cpuset/${pod}`, { "cpuset.cpus": "0-3", "cpuset.mems": "0" });
    group(`cpuset/${pod}/virt-machine`, { "cpuset.cpus": "2", "cpuset.mems": "0" });
    await cgroups.add(parseCgroups(`3:cpuset:/${pod}/container\n`), [101]);
    expect(read("cpuset", pod, "virt-machine", "cpuset.cpus")).toBe("2");
  });

  it.each([
    ["is in no pod", "0::/container\n"],
    ["is at the top", "0::/\n"],
    ["is beyond what is seen here", "0::/../../kubepods/pod1/container\n"],
    ["is in hierarchies that are not mounted", "4:memory:/kubepods/pod1/container\n"],
    ["is nowhere", ""],
  ])("are none where the launcher %s: that is an error, and no process is moved", async (_what, text) => {
    const launcher = parseCgroups(text);
    if (text.includes("memory")) group("cpu");
    await expect(cgroups.add(launcher, [101])).rejects.toThrow("the agent needs the node's cgroups there");
    expect(await cgroups.members(launcher)).toEqual([]);
    await cgroups.remove(launcher);
  });

  it("cannot be added to when the pod's are gone", async () => {
    await expect(cgroups.add(parseCgroups(`0::/${pod}/container\n`), [101])).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("lose the machine's part once it is empty, and keep it while it is not", async () => {
    const launcher = parseCgroups(`0::/${pod}/container\n`);
    group(`${pod}/virt-machine`);
    await cgroups.remove(launcher);
    expect(existsSync(join(root, pod, "virt-machine"))).toBe(false);
    expect(existsSync(join(root, pod))).toBe(true);
    await cgroups.remove(launcher);
  });

  it("have no members where there is no machine", async () => {
    group(`${pod}/container`);
    expect(await cgroups.members(parseCgroups(`0::/${pod}/container\n`))).toEqual([]);
    group(`${pod}/virt-machine`, { "cgroup.procs": "7\n101\n" });
    expect(await cgroups.members(parseCgroups(`0::/${pod}/container\n`))).toEqual([7, 101]);
  });
});
