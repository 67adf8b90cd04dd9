/**
 * The whole way of a newcomer with a cluster and Pulumi: one program installs the control plane with the real plugin for
 * Kubernetes, a second one makes machines of all four kinds, guests answer, and destroying both leaves nothing.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PulumiProject, removeTemplate } from "../e2e/support/pulumi-project.ts";
import { eventually, guestAnswer } from "../e2e/support/wait.ts";
import {
  getJson,
  guestsOn,
  imageFlags,
  kubectl,
  Namespace,
  nodes,
  registry,
  tag,
  uninstall,
  virtctl,
} from "./support/cluster.ts";
import { expectNothingInstalled, installed, controlPlaneKinds as kinds, ours } from "./support/installed.ts";
import { addressOf, guestDisk, launcherOf, machineOf, running } from "./support/machines.ts";

let space: Namespace;
let controlPlane: PulumiProject;
let machines: PulumiProject;
let disk: string;

beforeAll(async () => {
  await uninstall();
  disk = await guestDisk();
  const target = { env: { ...process.env }, namespace: "default" };
  controlPlane = await PulumiProject.create(target, "control-plane", "control-plane");
  await controlPlane.succeed("config", "set", "registry", registry());
  await controlPlane.succeed("config", "set", "tag", tag());
  await controlPlane.succeed("config", "set", "insecureRegistry", registry());
  space = await Namespace.create("install");
  machines = await PulumiProject.create({ ...target, namespace: space.name }, "quickstart");
  await machines.write(program());
});

afterAll(async () => {
  await machines?.remove();
  await controlPlane?.remove();
  await kubectl("delete", "namespace", "install", "--ignore-not-found", "--timeout=90s");
  await removeTemplate();
});

/** All four kinds, and a machine that fits nowhere, which nothing waits for. */
const program = () => `
import * as kubevirt from "pulumi-kubevirt";
const disks = [{ name: "root", volumeName: "root", disk: { bus: "virtio" as const } }];
const volumes = [{ name: "root", registryDisk: { image: "${disk}" } }];
const domain = { devices: { disks } };
const labels = { size: "small" };
new kubevirt.VirtualMachinePreset("small", {
  metadata: { name: "m1.small" },
  spec: { selector: { matchLabels: labels }, domain: { resources: { requests: { memory: "128Mi" } } } },
});
const web = new kubevirt.VirtualMachine("web", {
  metadata: { name: "web", labels },
  spec: { domain, volumes, nodeSelector: { "kubernetes.io/hostname": "node2" } },
});
const db = new kubevirt.OfflineVirtualMachine("db", {
  metadata: { name: "db" },
  spec: { runStrategy: "Always", template: { metadata: { labels }, spec: { domain, volumes } } },
});
const set = new kubevirt.VirtualMachineReplicaSet("set", {
  metadata: { name: "replica" },
  spec: { replicas: 2, selector: { matchLabels: { app: "replica" } }, template: { metadata: { labels: { ...labels, app: "replica" } }, spec: { domain, volumes } } },
});
export const ip = web.ipAddress;
export const node = web.nodeName;
export const ready = db.ready;
export const replicas = set.status.apply((status) => status.readyReplicas);
`;

interface Installed {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly status?: unknown;
}

/** What was installed, without what the API server, and each tool, writes on its own account. */
async function contents(): Promise<Readonly<Record<string, unknown>>> {
  const { items } = await getJson<{ items: readonly Installed[] }>(kinds.join(), "--all-namespaces", ours);
  return Object.fromEntries(
    items.map(({ status: _status, metadata, ...content }) => {
      const { "app.kubernetes.io/managed-by": _tool, ...labels } = metadata.labels ?? {};
      const annotations = Object.entries(metadata.annotations ?? {}).filter(
        ([key]) => !/kubernetes\.io\/|pulumi/.test(key),
      );
      return [`${content.kind}/${metadata.name}`, { ...content, labels, annotations: Object.fromEntries(annotations) }];
    }),
  );
}

describe("examples/control-plane on a fresh cluster", () => {
  test("shows in a preview what it would make, before anything is there", async () => {
    const { code, output } = await controlPlane.run("preview", "--diff");
    expect(code, output).toBe(0);
    expect(output).toMatch(/kubevirt:index:ControlPlane/);
    expect(output).toMatch(/name\s*:\s*"virt-controller"/);
    expect(await installed(["customresourcedefinitions"])).toEqual([]);
  });

  test("is installed by one pulumi up, and a second one changes nothing", async () => {
    const { code, output } = await controlPlane.up();
    expect(code, output).toBe(0);
    expect(await controlPlane.outputs()).toMatchObject({ namespace: "kubevirt", ready: true, version: tag() });
    const pods = await kubectl("--namespace=kubevirt", "get", "pods", "--no-headers");
    expect(pods.split("\n").filter((line) => /\sRunning\s/.test(line))).toHaveLength(4);
    const again = await controlPlane.run("up", "--yes", "--skip-preview", "--expect-no-changes");
    expect(again.code, again.output).toBe(0);
  });

  test("is the same as what virtctl manifests gives to kubectl apply -k", async () => {
    const byComponent = await contents();
    const folder = `${controlPlane.folder}/manifests`;
    await virtctl("manifests", ...imageFlags().slice(0, 6), "--output", folder);
    await kubectl("apply", "--server-side", "--force-conflicts", "-k", folder);
    expect(await contents()).toEqual(byComponent);
    expect(Object.keys(byComponent).length).toBeGreaterThan(25);
  });

  test("is refused in a preview where another KubeVirt has its definitions", async () => {
    const definition = "customresourcedefinition/virtualmachines.kubevirt.io";
    await kubectl("annotate", definition, "kubevirt.io/installed-by-");
    try {
      const other = await PulumiProject.create(
        { env: { ...process.env }, namespace: "default" },
        "control-plane",
        "control-plane",
      );
      try {
        await other.succeed("config", "set", "registry", registry());
        const { code, output } = await other.run("preview");
        expect(code).not.toBe(0);
        expect(output).toContain("virtualmachines.kubevirt.io");
        expect(output).toMatch(/adoptDefinitions/);
      } finally {
        await other.remove();
      }
    } finally {
      await kubectl("annotate", definition, "kubevirt.io/installed-by=pulumi-kubevirt");
    }
  });
});

describe("a second program", () => {
  test("makes all four kinds, and waits until they run", async () => {
    const { code, output } = await machines.up();
    expect(code, output).toBe(0);
    expect(await machines.outputs()).toMatchObject({ node: "node2", ready: true, replicas: 2 });
    expect(await space.kubectl("get", "vmpresets,ovms,vmrs", "--output=name")).toBe(
      [
        "virtualmachinepreset.kubevirt.io/m1.small",
        "offlinevirtualmachine.kubevirt.io/db",
        "virtualmachinereplicaset.kubevirt.io/replica",
      ].join("\n"),
    );
    const vm = await running(space, "web");
    expect((await launcherOf(space, vm))?.status.podIP).toBe((await machines.outputs()).ip);
    expect(await guestAnswer(addressOf(vm))).toBe(`guest ${addressOf(vm)}`);
  });

  test("is told why a machine cannot be placed", async () => {
    await machines.write(
      `${program()}\nnew kubevirt.VirtualMachine("nowhere", { metadata: { name: "nowhere", annotations: { "pulumi.com/timeoutSeconds": "20" } }, spec: { domain: { ...domain, resources: { requests: { memory: "128Mi" } } }, volumes, nodeSelector: { rack: "seven" } } });\n`,
    );
    const { code, output } = await machines.up();
    expect(code).not.toBe(0);
    expect(output).toMatch(/didn't match Pod's node affinity\/selector/);
  });

  test("leaves no machine when it is destroyed", async () => {
    const { code, output } = await machines.run("destroy", "--yes", "--skip-preview");
    expect(code, output).toBe(0);
    expect(await machineOf(space, "web")).toBeUndefined();
    await eventually("no launcher pod is left", async () =>
      (await space.kubectl("get", "pods", "--output=name")) === "" ? true : undefined,
    );
    for (const node of nodes) expect([...(await guestsOn(node)).keys()]).toEqual([]);
  });
});

describe("destroying the control plane", () => {
  test("leaves nothing on the cluster, and on the nodes only caches", async () => {
    const { code, output } = await controlPlane.run("destroy", "--yes", "--skip-preview");
    expect(code, output).toBe(0);
    await expectNothingInstalled();
  });
});
