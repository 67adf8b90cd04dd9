import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  containerIdOf,
  endOfPod,
  isLauncherOf,
  type LauncherPod,
  ProcFileSystem,
  parseCgroups,
} from "../../../../provider/agent/pods/launcher";
import { buildPod, type PodParts } from "../../../builders/launcher-pod";
import { buildVirtualMachine } from "../../../builders/virtual-machine";

const id = "890fa4b45a59919cb3831cc6e5b723dc91fe730ae32da74141fbb77ca9afce28";
const pod = (parts: PodParts = {}) => buildPod(parts) as LauncherPod;
const now = Date.parse("2026-01-01T00:00:00Z");

describe("the launcher of a machine", () => {
  const vm = buildVirtualMachine();
  const { metadata } = buildPod();

  it("is the pod that the machine controls", () => {
    expect(isLauncherOf(pod(), vm)).toBe(true);
  });

  it.each<[string, PodParts["metadata"]]>([
    ["of another namespace", { ...metadata, namespace: "elsewhere" }],
    ["of nobody", { ...metadata, ownerReferences: [] }],
    [
      "of another machine, whatever its labels",
      { ...metadata, ownerReferences: (metadata.ownerReferences ?? []).map((owner) => ({ ...owner, uid: "other" })) },
    ],
    [
      "that only depends on the machine",
      {
        ...metadata,
        ownerReferences: (metadata.ownerReferences ?? []).map((owner) => ({ ...owner, controller: false })),
      },
    ],
  ])("is no pod %s", (_what, changed) => {
    expect(isLauncherOf(pod(changed === undefined ? {} : { metadata: changed }), vm)).toBe(false);
  });

  it("is nobody's that has no uid", () => {
    const bare = { ...vm, metadata: { ...vm.metadata, uid: undefined } };
    expect(isLauncherOf(pod({ metadata: { ...metadata, ownerReferences: [] } }), bare)).toBe(false);
  });
});

describe("the container of a launcher", () => {
  const status = (containerID: string | undefined, state: object = { running: {} }, name = "launcher") =>
    pod({ status: { containerStatuses: [{ name, state, ...(containerID === undefined ? {} : { containerID }) }] } });

  it.each(["containerd", "cri-o", "docker"])("is known by its id, whoever runs it (%s)", (runtime) => {
    expect(containerIdOf(status(`${runtime}://${id}`))).toBe(id);
  });

  it.each<[string, LauncherPod]>([
    ["has no status", pod()],
    ["waits", status(`containerd://${id}`, { waiting: {} })],
    ["has ended", status(`containerd://${id}`, { terminated: {} })],
    ["is somebody else's", status(`containerd://${id}`, { running: {} }, "injected")],
    ["has no id", status(undefined)],
    ["has an id that is none", status("containerd://../../1")],
    ["has an id that is too short to be one", status("containerd://1")],
    ["has an id without a runtime", status(id)],
  ])("is not known while it %s", (_what, shown) => {
    expect(containerIdOf(shown)).toBeUndefined();
  });
});

describe("the end of a launcher pod", () => {
  it("is none while it is there to stay", () => {
    expect(endOfPod(pod(), now)).toBeUndefined();
    expect(endOfPod(pod({ status: { phase: "Running" } }), now)).toBeUndefined();
    expect(endOfPod(pod({ status: { phase: "Unknown", reason: "NodeLost" } }), now)).toBeUndefined();
  });

  it("is now when there is no pod", () => {
    expect(endOfPod(undefined, now)).toEqual({
      deadline: now,
      report: { phase: "Failed", reason: "PodGone", message: "the machine's launcher pod is gone" },
    });
  });

  it.each<[object, string, string]>([
    [
      { phase: "Failed", reason: "Evicted", message: "low on memory" },
      "Evicted",
      "launcher pod virt-launcher-web-bbbbb: low on memory",
    ],
    [{ phase: "Failed" }, "PodEnded", "launcher pod virt-launcher-web-bbbbb: it has ended (Failed)"],
    [{ phase: "Succeeded" }, "PodEnded", "launcher pod virt-launcher-web-bbbbb: it has ended (Succeeded)"],
  ])("is now when it has ended: %j", (status, reason, message) => {
    expect(endOfPod(pod({ status }), now)).toEqual({ deadline: now, report: { phase: "Failed", reason, message } });
  });

  it("is in time before the kubelet kills what is left in it", () => {
    const { metadata } = buildPod();
    const going = (deletionTimestamp: string, status = {}) =>
      endOfPod(pod({ metadata: { ...metadata, deletionTimestamp }, status }), now);
    expect(going("2026-01-01T00:00:45Z")).toEqual({
      deadline: now + 35_000,
      report: {
        phase: "Failed",
        reason: "PodDeleted",
        message: "launcher pod virt-launcher-web-bbbbb was deleted or evicted",
      },
    });
    expect(going("2026-01-01T00:00:01Z")?.deadline).toBeLessThan(now);
    expect(going("soon")?.deadline).toBeLessThan(now);
    expect(going("2026-01-01T00:00:45Z", { phase: "Failed" })?.deadline).toBe(now);
  });
});

describe("a process's cgroups", () => {
  it("are read in every version", () => {
    const text = [
      "4:memory:/kubepods/pod1/c",
      "3:cpu,cpuacct:/kubepods/pod1/c",
      "1:name=systemd:/a:b",
      "0::/unified",
      "",
    ].join("\n");
    expect(parseCgroups(text)).toEqual([
      { controllers: "memory", path: "/kubepods/pod1/c" },
      { controllers: "cpu,cpuacct", path: "/kubepods/pod1/c" },
      { controllers: "name=systemd", path: "/a:b" },
      { controllers: "", path: "/unified" },
    ]);
    expect(parseCgroups("nonsense\n::\n")).toEqual([]);
  });
});

describe("a node's processes", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "proc-"));
    for (const name of ["self", "sys", "1.2"]) mkdirSync(join(root, name));
    writeFileSync(join(root, "uptime"), "1 2");
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** `numbers`: what the process is called in each namespace, the node's own first. */
  function process(pid: number, cgroup: string, numbers: string | undefined): void {
    mkdirSync(join(root, String(pid)));
    writeFileSync(join(root, String(pid), "cgroup"), cgroup);
    if (numbers !== undefined)
      writeFileSync(join(root, String(pid), "status"), `Name:\tsh\nNSpid:\t${numbers}\nUid:\t0\n`);
  }
  const launcher = () => new ProcFileSystem(root).launcherOf(id);

  it.each([
    ["by the kubelet", `0::/kubepods/burstable/pod1/${id}\n`],
    ["by systemd", `0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-${id}.scope\n`],
    ["by systemd for CRI-O", `0::/kubepods.slice/kubepods-pod1.slice/crio-${id}.scope\n`],
    ["in both versions at once", `4:memory:/kubepods/pod1/${id}\n0::/kubepods/pod1/${id}\n`],
  ])("have the first of a container that was named %s", async (_who, cgroup) => {
    process(10, "0::/init.scope\n", "10");
    process(20, cgroup, "20\t1");
    expect(await launcher()).toEqual({ pid: 20, cgroups: parseCgroups(cgroup) });
  });

  it("have it also where the node is in a namespace itself", async () => {
    process(17706, `0::/node1/kubepods/pod1/${id}\n`, "17706\t13914\t1");
    expect((await launcher())?.pid).toBe(17706);
  });

  it("have none for others in the container, or beside it", async () => {
    process(20, `0::/kubepods/pod1/${id}\n`, "20\t7");
    process(21, `0::/kubepods/pod1/${id}/inner\n`, "21\t1");
    process(22, `0::/kubepods/pod1/${"f".repeat(64)}\n`, "22\t1");
    process(23, `0::/system.slice/crio-conmon-${id}.scope\n`, "23");
    process(24, `0::/kubepods/pod1/${id}\n`, undefined);
    expect(await launcher()).toBeUndefined();
  });

  it("are told with the groups that are the container's own, and no others", async () => {
    process(20, `4:memory:/kubepods/pod1/${id}\n3:devices:/\n0::/system.slice/containerd.service\n`, "20\t1");
    expect((await launcher())?.cgroups).toEqual([{ controllers: "memory", path: `/kubepods/pod1/${id}` }]);
  });

  it("may end while they are looked at", async () => {
    mkdirSync(join(root, "30"));
    process(31, `0::/kubepods/pod1/${id}\n`, "31\t1");
    expect((await launcher())?.pid).toBe(31);
  });
});
