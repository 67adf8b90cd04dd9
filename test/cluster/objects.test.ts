/** Every kind and every volume on a real cluster, as `kubectl apply` brings them, with guests that boot and answer. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packAndPush } from "../builders/packed-disk.ts";
import { eventually, guestAnswer } from "../e2e/support/wait.ts";
import {
  guestImage,
  guestsOn,
  install,
  makeVolume,
  Namespace,
  onNode,
  privateLogin,
  privateRegistry,
  removeVolume,
} from "./support/cluster.ts";
import {
  addressOf,
  claim,
  eventsOf,
  guestSpec,
  inPhase,
  launcherOf,
  type Machine,
  machine,
  machineOf,
  machinesOf,
  persistentSpec,
  running,
} from "./support/machines.ts";

let space: Namespace;
const volumes = ["objects-base", "objects-own", "objects-empty", "objects-block"] as const;
const rawGuest = "/tmp/kubevirt-objects-guest.raw";

beforeAll(async () => {
  await install();
  await promisify(execFile)("qemu-img", ["convert", "-O", "raw", guestImage(), rawGuest]);
  await makeVolume("objects-base", { node: "node1", image: rawGuest });
  await makeVolume("objects-own", { node: "node2", image: rawGuest });
  await makeVolume("objects-empty", { node: "node1" });
  await makeVolume("objects-block", { node: "node2", mode: "block", image: rawGuest });
  space = await Namespace.create("objects");
  await space.apply(...volumes.map((name) => claim(name, name === "objects-block" ? "Block" : "Filesystem")));
});

afterAll(async () => {
  await space?.remove();
  for (const name of volumes) await removeVolume(name);
  await promisify(execFile)("rm", ["-f", rawGuest]);
});

const gone = (name: string) =>
  eventually(`${name} is gone`, async () => ((await machineOf(space, name)) === undefined ? true : undefined));

describe("a VirtualMachine", () => {
  test("runs in its launcher pod, with the pod's address and labels, and says so in the seed's words", async () => {
    await space.apply(await machine("web", { labels: { app: "web" } }));
    const vm = await running(space, "web");
    const pod = await launcherOf(space, vm);
    expect(pod?.metadata.name).toMatch(/^virt-launcher-web-[a-z0-9]{5}$/);
    expect(pod?.metadata.labels.app).toBe("web");
    expect(pod?.status.podIP).toBe(addressOf(vm));
    expect(pod?.spec.nodeName).toBe(vm.status?.nodeName);
    expect(vm.metadata.labels?.["kubevirt.io/nodeName"]).toBe(vm.status?.nodeName);
    expect(await guestAnswer(addressOf(vm))).toContain(addressOf(vm));
    const told = await eventually("its events are all told", async () => {
      const events = (await eventsOf(space, "web")).filter((event) => !/^Pull/.test(event));
      return events.length >= 4 ? events : undefined;
    });
    expect(told).toEqual([
      `SuccessfulCreate Created virtual machine pod ${pod?.metadata.name}`,
      `SuccessfulHandOver Pod owner ship transfered to the node ${pod?.metadata.name}`,
      "Created VM defined.",
      "Started VM started.",
    ]);
    expect(await space.kubectl("get", "vm", "web", "--no-headers")).toMatch(
      /^web\s+Running\s+10\.44\.\d+\.\d+\s+node\d\s/,
    );
  });

  test("has the labels that it is given later on its pod too, so that Services follow", async () => {
    await space.kubectl("label", "vm", "web", "tier=front", "app-");
    const vm = await running(space, "web");
    await eventually("its pod has them", async () => {
      const labels = (await launcherOf(space, vm))?.metadata.labels ?? {};
      return labels.tier === "front" && labels.app === undefined ? true : undefined;
    });
    expect(await guestAnswer(addressOf(vm))).toContain(addressOf(vm));
  });

  test("ends when its guest does; its pod is completed, and stays until the machine is deleted", async () => {
    const vm = await running(space, "web");
    const pod = await launcherOf(space, vm);
    await onNode(String(vm.status?.nodeName), "sh", "-c", `virsh -q -c '${libvirt}' shutdown objects_web --mode acpi`);
    await inPhase(space, "web", "Succeeded");
    await eventually("its pod is completed", async () =>
      (await launcherOf(space, vm))?.status.phase === "Succeeded" ? true : undefined,
    );
    await space.kubectl("delete", "vm", "web", "--timeout=30s");
    await eventually("its pod is gone", async () => ((await launcherOf(space, vm)) === undefined ? true : undefined));
    expect(pod).toBeDefined();
  });

  test("that is deleted leaves nothing on its node", async () => {
    await space.apply(await machine("brief"));
    const vm = await running(space, "brief");
    const where = String(vm.status?.nodeName);
    await space.kubectl("delete", "vm", "brief", "--timeout=60s");
    expect([...(await guestsOn(where)).keys()]).not.toContain("objects_brief");
    const { uid } = vm.metadata;
    // Each looks for a text that does not stand in its own command line.
    const [first = "", rest = ""] = [uid.slice(0, 1), uid.slice(1)];
    const left = async () =>
      (await onNode(where, "sh", "-c", `ls /var/lib/kubevirt/machines; mount`)).includes(uid) ||
      (await onNode(where, "sh", "-c", `pgrep -f '[${first}]${rest}' || true`)) !== "";
    await eventually("nothing of it is left", async () => ((await left()) ? undefined : true), 30);
  });

  test("whose launcher pod is evicted shuts down and fails, as a pod does", async () => {
    await space.apply(await machine("evicted"));
    const vm = await running(space, "evicted");
    await guestAnswer(addressOf(vm));
    const pod = (await launcherOf(space, vm))?.metadata.name ?? "";
    const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: pod, namespace: space.name } };
    const path = `/api/v1/namespaces/${space.name}/pods/${pod}/eviction`;
    await promisify(execFile)("sh", ["-c", `echo '${JSON.stringify(eviction)}' | kubectl create --raw '${path}' -f -`]);
    const ended = await inPhase(space, "evicted", "Failed");
    expect(ended.status?.conditions?.find(({ type }) => type === "Ready")?.message).toContain("deleted or evicted");
    await eventually("its pod is gone", async () => ((await launcherOf(space, vm)) === undefined ? true : undefined));
    await space.kubectl("delete", "vm", "evicted", "--timeout=30s");
  });

  test("goes to the node that nodeSelector and affinity say", async () => {
    const affinity = {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["node2"] }] },
          ],
        },
      },
    };
    await space.apply(
      await machine("selected", { spec: { nodeSelector: { "kubernetes.io/hostname": "node1" } } }),
      await machine("attracted", { spec: { affinity } }),
    );
    expect((await running(space, "selected")).status?.nodeName).toBe("node1");
    expect((await running(space, "attracted")).status?.nodeName).toBe("node2");
    await space.kubectl("delete", "vm", "selected", "attracted", "--timeout=60s");
  });

  test("that fits nowhere says so in the scheduler's words, and starts when it does", async () => {
    await space.apply(await machine("waiting", { spec: { nodeSelector: { rack: "seven" } } }));
    const vm = await inPhase(space, "waiting", "Scheduling");
    const ready = vm.status?.conditions?.find(({ type }) => type === "Ready");
    expect(ready).toMatchObject({ status: "False", reason: "Unschedulable" });
    expect(ready?.message).toMatch(/0\/2 nodes are available: 2 node\(s\) didn't match Pod's node affinity\/selector/);
    await promisify(execFile)("kubectl", ["label", "node", "node2", "rack=seven"]);
    try {
      expect((await running(space, "waiting")).status?.nodeName).toBe("node2");
    } finally {
      await promisify(execFile)("kubectl", ["label", "node", "node2", "rack-"]);
      await space.kubectl("delete", "vm", "waiting", "--timeout=60s");
    }
  });
});

describe("volumes", () => {
  test("an ephemeral disk reads its claim and leaves it as it was", async () => {
    const spec = { volumes: [{ name: "root", ephemeral: { persistentVolumeClaim: { claimName: "objects-base" } } }] };
    const before = await onNode("node1", "sha256sum", "/mnt/volumes/objects-base/disk.img");
    await space.apply(await machine("ephemeral", { spec }));
    const vm = await running(space, "ephemeral");
    expect(await guestAnswer(addressOf(vm))).toContain(addressOf(vm));
    await space.kubectl("delete", "vm", "ephemeral", "--timeout=60s");
    expect(await onNode("node1", "sha256sum", "/mnt/volumes/objects-base/disk.img")).toBe(before);
  });

  test("a claim with a file system boots a guest, in disk.img, and an empty one gets a disk of the claim's size", async () => {
    const disk = (name: string) => ({ name, volumeName: name, disk: { bus: "virtio" } });
    const spec = {
      ...persistentSpec("objects-empty"),
      domain: { resources: { requests: { memory: "128Mi" } }, devices: { disks: [disk("system"), disk("root")] } },
      volumes: [
        { name: "system", ephemeral: { persistentVolumeClaim: { claimName: "objects-base" } } },
        { name: "root", persistentVolumeClaim: { claimName: "objects-empty" } },
      ],
    };
    await space.apply(await machine("filesystem", { spec }));
    await guestAnswer(addressOf(await running(space, "filesystem")));
    // 64Mi is the volume's size, which is what the claim got.
    expect(await onNode("node1", "stat", "--format=%s", "/mnt/volumes/objects-empty/disk.img")).toBe(
      String(64 * 2 ** 20),
    );
    await space.kubectl("delete", "vm", "filesystem", "--timeout=60s");
    expect(await onNode("node1", "stat", "--format=%h %s", "/mnt/volumes/objects-empty/disk.img")).toBe(
      `1 ${64 * 2 ** 20}`,
    );
  });

  test("a claim that is a device boots a guest from the device itself", async () => {
    await space.apply(await machine("block", { spec: persistentSpec("objects-block") }));
    const vm = await running(space, "block");
    expect(await guestAnswer(addressOf(vm))).toContain(addressOf(vm));
    const xml = await onNode("node2", "sh", "-c", `virsh -q -c '${libvirt}' dumpxml objects_block`);
    expect(xml).toMatch(/<disk type='block'/);
    await space.kubectl("delete", "vm", "block", "--timeout=60s");
  });

  test("a claim has one writer at a time: the second one says whom it waits for, and starts when that one is gone", async () => {
    await space.apply(await machine("writer", { spec: persistentSpec("objects-own") }));
    await running(space, "writer");
    await space.apply(await machine("waiter", { spec: persistentSpec("objects-own") }));
    const waiter = await inPhase(space, "waiter", "Pending");
    expect(waiter.status?.conditions?.find(({ type }) => type === "Ready")).toMatchObject({
      reason: "ClaimInUse",
      message: expect.stringContaining('claim "objects-own" is written by machine "writer"'),
    });
    expect(await launcherOf(space, waiter)).toBeUndefined();
    await space.kubectl("delete", "vm", "writer", "--timeout=60s");
    await guestAnswer(addressOf(await running(space, "waiter")));
    await space.kubectl("delete", "vm", "waiter", "--timeout=60s");
  });

  test("a claim that is missing is named, and the machine starts once it is there", async () => {
    await makeVolume("objects-late", { node: "node1", image: rawGuest });
    try {
      await space.apply(await machine("late", { spec: persistentSpec("objects-late") }));
      const vm = await inPhase(space, "late", "Pending");
      expect(vm.status?.conditions?.find(({ type }) => type === "Ready")).toMatchObject({
        reason: "ClaimNotFound",
        message: expect.stringContaining('no PersistentVolumeClaim "objects-late" in namespace "objects"'),
      });
      await space.apply(claim("objects-late"));
      await running(space, "late");
      await space.kubectl("delete", "vm", "late", "--timeout=60s");
      await space.kubectl("delete", "pvc", "objects-late", "--timeout=60s");
    } finally {
      await removeVolume("objects-late");
    }
  });

  test("a disk from a registry with a login is pulled with the machine's secret, and refused without", async () => {
    const { user, password } = privateLogin;
    const image = await packAndPush(guestImage(), `${privateRegistry()}/disks/private:1`, `${user}:${password}`);
    const volume = (secret?: string) => ({
      name: "root",
      registryDisk: { image, ...(secret === undefined ? {} : { imagePullSecret: secret }) },
    });
    await space.apply(await machine("uninvited", { spec: { volumes: [volume()] } }));
    await eventually("the machine says that it may not pull", async () => {
      const conditions = (await machineOf(space, "uninvited"))?.status?.conditions ?? [];
      return conditions.find(({ reason }) => reason === "ImagePullDenied");
    });
    await space.kubectl("delete", "vm", "uninvited", "--timeout=30s");
    await space.kubectl(
      "create",
      "secret",
      "docker-registry",
      "login",
      `--docker-server=${privateRegistry()}`,
      `--docker-username=${user}`,
      `--docker-password=${password}`,
    );
    await space.apply(await machine("invited", { spec: { volumes: [volume("login")] } }));
    expect(await guestAnswer(addressOf(await running(space, "invited")))).toMatch(/^guest /);
    await space.kubectl("delete", "vm", "invited", "--timeout=60s");
  });

  test("user data from a secret reaches the guest, and the agent may not read secrets", async () => {
    const userData = "#!/bin/sh\necho told by a secret >/dev/ttyS0\n";
    await withSecret("seed", userData);
    const guest = (await guestSpec()) as {
      volumes: readonly object[];
      domain: { devices: { disks: readonly object[] } };
    };
    const spec = {
      ...guest,
      domain: {
        ...guest.domain,
        devices: {
          disks: [...guest.domain.devices.disks, { name: "seed", volumeName: "seed", disk: { bus: "virtio" } }],
        },
      },
      volumes: [...guest.volumes, { name: "seed", cloudInitNoCloud: { secretRef: { name: "seed" } } }],
    };
    await space.apply(await machine("seeded", { spec }));
    const vm = await running(space, "seeded");
    await eventually("the guest has run it", async () => {
      const log = await onNode(
        String(vm.status?.nodeName),
        "cat",
        `/var/lib/kubevirt/logs/${vm.metadata.uid}/console.log`,
      );
      return log.includes("told by a secret") ? true : undefined;
    });
    const may = await space.try("auth", "can-i", "get", "secrets", "--as=system:serviceaccount:kubevirt:virt-agent");
    expect(may.stdout.trim()).toBe("no");
    await space.kubectl("delete", "vm", "seeded", "--timeout=60s");
  });
});

async function withSecret(name: string, userdata: string): Promise<void> {
  await space.apply({ apiVersion: "v1", kind: "Secret", metadata: { name }, stringData: { userdata } });
}

describe("limits", () => {
  test("are the pod's: QEMU is in the pod's cgroup, counted and bounded by it", async () => {
    const spec = {
      domain: {
        resources: { requests: { memory: "128Mi", cpu: "50m" }, limits: { memory: "128Mi", cpu: "800m" } },
        devices: { disks: [{ name: "root", volumeName: "root", disk: { bus: "virtio" } }] },
      },
    };
    await space.apply(await machine("bounded", { spec }));
    const vm = await running(space, "bounded");
    const pid = (await guestsOn(String(vm.status?.nodeName))).get("objects_bounded");
    const cgroups = await onNode(String(vm.status?.nodeName), "cat", `/proc/${pid}/cgroup`);
    const pod = await launcherOf(space, vm);
    const lines = cgroups.split("\n").filter((line) => /:(memory|cpu|cpuacct|pids|freezer|devices):|^0::/.test(line));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatch(new RegExp(`/pod${pod?.metadata.uid}/virt-machine$`));
    const read = (controller: string, file: string) => {
      const path = lines.find((line) => line.includes(`:${controller}:`))?.split(":")[2] ?? "";
      return onNode(
        String(vm.status?.nodeName),
        "cat",
        `/sys/fs/cgroup/${controller}${path.replace(/\/[^/]*$/, "")}/${file}`,
      );
    };
    expect(Number(await read("memory", "memory.limit_in_bytes"))).toBeGreaterThan(128 * 2 ** 20);
    await eventually("what the guest uses is counted", async () =>
      Number(await read("memory", "memory.usage_in_bytes")) > 64 * 2 ** 20 ? true : undefined,
    );
    expect(await read("cpu", "cpu.cfs_quota_us")).toBe("80000");
    await space.kubectl("delete", "vm", "bounded", "--timeout=60s");
  });
});

describe("an OfflineVirtualMachine", () => {
  const offline = async (runStrategy: string) => ({
    apiVersion: "kubevirt.io/v1alpha1",
    kind: "OfflineVirtualMachine",
    metadata: { name: "db" },
    spec: { runStrategy, template: { metadata: { labels: { app: "db" } }, spec: persistentSpec("objects-own") } },
  });

  test("keeps a machine on its claim, makes it again when it is deleted or its QEMU dies, and keeps its card", async () => {
    await space.apply(await offline("Always"));
    const first = await running(space, "db");
    await guestAnswer(addressOf(first));
    await space.kubectl("wait", "ovm/db", "--for=condition=Ready", "--timeout=60s");
    await space.kubectl("delete", "vm", "db", "--timeout=60s");
    const second = await running(space, "db");
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
    expect(second.status?.interfaces?.[0]?.mac).toBe(first.status?.interfaces?.[0]?.mac);
    await onNode("node2", "kill", "-9", String((await guestsOn("node2")).get("objects_db")));
    const third = await eventually("a third machine runs", async () => {
      const vm = await machineOf(space, "db");
      return vm?.metadata.uid !== second.metadata.uid && vm?.status?.phase === "Running" ? vm : undefined;
    });
    expect(await guestAnswer(addressOf(third))).toContain(addressOf(third));
  });

  test("is stopped and started by virtctl's verbs", async () => {
    await space.kubectl("patch", "ovm", "db", "--type=merge", "--patch", '{"spec":{"runStrategy":"Halted"}}');
    await gone("db");
    expect((await guestsOn("node2")).has("objects_db")).toBe(false);
    await space.kubectl("patch", "ovm", "db", "--type=merge", "--patch", '{"spec":{"runStrategy":"Always"}}');
    await running(space, "db");
    await space.kubectl("delete", "ovm", "db", "--timeout=60s");
    await gone("db");
  });
});

describe("a VirtualMachineReplicaSet", () => {
  const set = async (replicas: number) => ({
    apiVersion: "kubevirt.io/v1alpha1",
    kind: "VirtualMachineReplicaSet",
    metadata: { name: "replica" },
    spec: {
      replicas,
      selector: { matchLabels: { app: "replica" } },
      template: { metadata: { labels: { app: "replica" } }, spec: await guestSpec() },
    },
  });
  const members = async (count: number): Promise<readonly Machine[]> =>
    eventually(
      `${count} machines run`,
      async () => {
        const machines = (await machinesOf(space, "app=replica")).filter(({ status }) => status?.phase === "Running");
        return machines.length === count ? machines : undefined;
      },
      120,
    );

  test("keeps as many as it is asked for, on both nodes, behind one Service", async () => {
    await space.apply(await set(2), {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "replica" },
      spec: { selector: { app: "replica" }, ports: [{ port: 80 }] },
    });
    const machines = await members(2);
    for (const vm of machines) await guestAnswer(addressOf(vm));
    const service = await space.kubectl("get", "service", "replica", "--output=jsonpath={.spec.clusterIP}");
    const answers = new Set<string>();
    for (let tries = 0; tries < 40 && answers.size < 2; tries += 1) answers.add(await guestAnswer(service));
    expect([...answers].sort()).toEqual(machines.map((vm) => `guest ${addressOf(vm)}`).sort());
  });

  test("makes another in the place of one whose pod is removed, and follows kubectl scale", async () => {
    const [victim] = await members(2);
    if (victim === undefined) throw new Error("there is no machine");
    await space.kubectl("delete", "pod", (await launcherOf(space, victim))?.metadata.name ?? "", "--timeout=60s");
    const others = await eventually("another has taken its place", async () => {
      const machines = await members(2);
      return machines.some(({ metadata }) => metadata.uid === victim.metadata.uid) ? undefined : machines;
    });
    expect(others).toHaveLength(2);
    await space.kubectl("scale", "vmrs", "replica", "--replicas=0");
    await eventually("none is left", async () =>
      (await machinesOf(space, "app=replica")).length === 0 ? true : undefined,
    );
    await space.kubectl("delete", "vmrs", "replica", "--timeout=30s");
  });
});

describe("a VirtualMachinePreset", () => {
  test("is merged into the machines that it selects before their pods are made", async () => {
    await space.apply({
      apiVersion: "kubevirt.io/v1alpha1",
      kind: "VirtualMachinePreset",
      metadata: { name: "m1.small" },
      spec: { selector: { matchLabels: { size: "small" } }, domain: { resources: { requests: { memory: "136Mi" } } } },
    });
    const spec = (await guestSpec()) as { domain: { devices: object } };
    await space.apply(
      await machine("preset", { labels: { size: "small" }, spec: { domain: { devices: spec.domain.devices } } }),
    );
    const vm = await running(space, "preset");
    const text = await space.kubectl(
      "get",
      "vm",
      "preset",
      "--output=jsonpath={.spec.domain.resources.requests.memory}",
    );
    expect(text).toBe("136Mi");
    const request = await space.kubectl(
      "get",
      "pod",
      (await launcherOf(space, vm))?.metadata.name ?? "",
      "--output=jsonpath={.spec.containers[0].resources.requests.memory}",
    );
    expect(Number(request)).toBeGreaterThan(136 * 2 ** 20);
    await space.kubectl("delete", "vm", "preset", "--timeout=60s");
  });
});

/** The libvirt of a node's agent. */
const libvirt = "qemu:///system?socket=/run/kubevirt/libvirt/libvirt-sock";
