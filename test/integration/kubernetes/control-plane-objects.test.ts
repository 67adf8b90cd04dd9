/**
 * What is installed, on a real API server: it takes every object, lets the programs do what they declare, and lets
 * nobody do what the admission policies are there against.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { agentPermissions } from "../../../provider/agent/permissions";
import { manifests as printManifests } from "../../../provider/cmd/virtctl/manifests";
import { controllerPermissions } from "../../../provider/controller/permissions";
import { virtualMachines } from "../../../provider/core/resources";
import { controlPlaneManifests } from "../../../provider/deploy";
import { KubeClient } from "../../../provider/kube/client";
import type { Connection } from "../../../provider/kube/connection";
import { loadConnection } from "../../../provider/kube/kubeconfig";
import { Recorder } from "../../../provider/kube/recorder";
import { coreResources, type KubeObject } from "../../../provider/kube/resource";
import { silentLogger } from "../../../provider/runtime/log";
import { buildVirtualMachine } from "../../builders/virtual-machine";
import { eventually } from "../../e2e/support/wait";
import { type Kubectl, kubectlFor } from "../apiserver/support/kubectl";
import { type ControlPlane, startControlPlane } from "./support/control-plane";
import { established } from "./support/definitions";
import { actingAs, type Identity, serviceAccountOf, withTokenOfPod } from "./support/identities";

const manifests = controlPlaneManifests({ image: { registry: "registry.example.com/kubevirt" } }, "1.2.3");
const nodeLabel = "kubevirt.io/nodeName";
const launcherLabels = { "kubevirt.io": "virt-launcher", "kubevirt.io/created-by": "uid-of-web" };

let controlPlane: ControlPlane;
let kubectl: Kubectl;
let administrator: Connection;
let admin: KubeClient;

beforeAll(async () => {
  controlPlane = await startControlPlane();
  kubectl = kubectlFor(controlPlane.kubeconfig, controlPlane.directory);
  administrator = await loadConnection({ kubeconfig: controlPlane.kubeconfig, env: {} });
  admin = new KubeClient(administrator, { fieldManager: "test" });
  const list = { apiVersion: "v1", kind: "List", items: manifests };
  const { code, stderr } = await kubectl.feed(list, "apply", "-f", "-");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  await established(kubectl, "crd", "--all");
  // No controller makes it here.
  await kubectl.run("create", "serviceaccount", "default");
  await eventually("the policies are in force", async () => {
    const { code } = await kubectl.feed(pod("early"), "create", "--dry-run=server", "-f", "-");
    return code === 0 ? undefined : true;
  });
});

afterAll(() => controlPlane?.stop());

const clientFor = (identity: Identity, permitted?: typeof agentPermissions) =>
  new KubeClient(actingAs(administrator, identity), {
    fieldManager: "test",
    ...(permitted === undefined ? {} : { permitted }),
  });
const agentOf = (node?: string) => clientFor(serviceAccountOf("kubevirt", "virt-agent", node), agentPermissions);
const controller = () => clientFor(serviceAccountOf("kubevirt", "virt-controller"), controllerPermissions);

function pod(name: string, labels: Record<string, string> = launcherLabels) {
  const container = { name: "launcher", image: "registry.example.com/pause" };
  const spec = { containers: [container], automountServiceAccountToken: false };
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "default", labels }, spec };
}

async function machineOn(node: string | undefined, name: string): Promise<KubeObject> {
  const labels = node === undefined ? {} : { [nodeLabel]: node };
  const { uid: _, ...metadata } = buildVirtualMachine({ metadata: { name, labels } }).metadata;
  return admin.create(virtualMachines, { ...buildVirtualMachine(), metadata });
}

describe("what is installed", () => {
  it("is stored as it was given", async () => {
    for (const { kind, metadata, ...given } of manifests) {
      const where = metadata.namespace === undefined ? [] : ["-n", metadata.namespace];
      const stored: unknown = JSON.parse(await kubectl.run("get", kind, metadata.name, ...where, "-o", "json"));
      expect(stored).toMatchObject({ kind, metadata: { labels: metadata.labels }, ...given });
    }
  });
});

describe("virtctl manifests --output", () => {
  it("writes for kustomize what is installed: kubectl sees no difference", async () => {
    const flags = { pullSecret: [], nodeSelector: [], toleration: [], insecureRegistry: [], registryCa: [] };
    const output = join(controlPlane.directory, "manifests");
    const options = { ...flags, output, registry: "registry.example.com/kubevirt" };
    expect(printManifests(options, "1.2.3")).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await kubectl.try("diff", "-k", output)).toEqual({ code: 0, stdout: "", stderr: "" });
  });
});

describe("an agent", () => {
  it("reports on the machines of its node", async () => {
    const vm = await machineOn("node1", "mine");
    await agentOf("node1").update(
      virtualMachines,
      { ...vm, status: { phase: "Running", nodeName: "node1" } } as KubeObject,
      { subresource: "status" },
    );
    const live = await admin.get<KubeObject & { status?: object }>(virtualMachines, {
      namespace: "default",
      name: "mine",
    });
    expect(live.status).toMatchObject({ phase: "Running" });
  });

  it.each([
    ["of another node", "node2", "may not report on a machine that is on node node2"],
    ["of no node", undefined, "may not report on a machine that is on no node"],
  ])("does not report on a machine %s", async (which, node, why) => {
    const vm = await machineOn(node, `not-mine-${which.replaceAll(" ", "-")}`);
    const report = agentOf("node1").update(
      virtualMachines,
      {
        ...vm,
        metadata: { ...vm.metadata, labels: { [nodeLabel]: "node1" } },
        status: { phase: "Failed" },
      } as KubeObject,
      { subresource: "status" },
    );
    await expect(report).rejects.toThrow(`the agent of node node1 ${why}`);
  });

  it("does not hand a machine on to another node", async () => {
    const vm = await machineOn("node1", "handed-on");
    const moved = agentOf("node1").update(
      virtualMachines,
      { ...vm, status: { phase: "Running", nodeName: "node2" } } as KubeObject,
      { subresource: "status" },
    );
    await expect(moved).rejects.toThrow("the agent of node node1 may not move a machine to another node");
  });

  it("writes its own lease, and no other", async () => {
    const lease = (name: string) => ({
      metadata: { namespace: "kubevirt", name },
      spec: { holderIdentity: "node1", leaseDurationSeconds: 40 },
    });
    const made = await agentOf("node1").create(coreResources.leases, lease("virt-agent-node1"));
    await agentOf("node1").update(coreResources.leases, made);
    for (const name of ["virt-agent-node2", "virt-controller", "virt-agent-"]) {
      await expect(agentOf("node1").create(coreResources.leases, lease(name))).rejects.toThrow(
        /may write no lease but virt-agent-node1|Invalid value/,
      );
    }
    await expect(agentOf("node2").update(coreResources.leases, made)).rejects.toThrow("no lease but virt-agent-node2");
    const elsewhere = { ...lease("virt-agent-node1"), metadata: { namespace: "default", name: "virt-agent-node1" } };
    const unbound = clientFor(serviceAccountOf("kubevirt", "virt-agent", "node1"));
    await expect(unbound.create(coreResources.leases, elsewhere)).rejects.toThrow(/cannot create resource "leases"/);
  });

  it("writes events in its own name, and counts them", async () => {
    const vm = await machineOn("node1", "eventful");
    const complaints: string[] = [];
    const recorderOf = (client: KubeClient, host: string) =>
      new Recorder({
        client,
        component: "virt-handler",
        host,
        log: { ...silentLogger, warn: (fields) => complaints.push(String((fields as { err: Error }).err.message)) },
      });
    const record = async (recorder: Recorder, reason: string) => {
      recorder.record({ resource: virtualMachines, object: vm }, { type: "Normal", reason, message: "It is so." });
      await recorder.flush();
    };
    const own = recorderOf(agentOf("node1"), "node1");
    await record(own, "Started");
    await record(own, "Started");
    expect(complaints).toEqual([]);
    const events = await admin.list<KubeObject & { count: number }>(coreResources.events, { namespace: "default" });
    expect(events.items.map(({ count }) => count)).toEqual([2]);
    await record(recorderOf(agentOf("node1"), "node2"), "Forged");
    const [first] = events.items;
    const change = agentOf("node2").mergePatch(
      coreResources.events,
      { namespace: "default", name: first?.metadata.name },
      { count: 3, source: { host: "node2" }, reportingInstance: "node2" },
    );
    await expect(change).rejects.toThrow("the agent of node node2 may write no events of other nodes");
    expect(complaints).toEqual([expect.stringContaining("the agent of node node1 may write no events of other nodes")]);
  });

  it("is nobody with a token that names no node", async () => {
    const vm = await machineOn("node1", "nodeless");
    const stray = agentOf();
    const status = stray.update(virtualMachines, vm, { subresource: "status" });
    await expect(status).rejects.toThrow("the token names no node");
    const lease = { metadata: { namespace: "kubevirt", name: "virt-agent-" }, spec: {} };
    await expect(stray.create(coreResources.leases, lease)).rejects.toThrow(/the token names no node|Invalid value/);
  });

  it("has no way to secrets, to other pods' making, or to the machine itself", async () => {
    const bare = clientFor(serviceAccountOf("kubevirt", "virt-agent", "node1"));
    const vm = await machineOn("node1", "untouched");
    await expect(bare.list(coreResources.secrets)).rejects.toThrow(/cannot list resource "secrets"/);
    await expect(bare.get(coreResources.secrets, { namespace: "default", name: "x" })).rejects.toThrow(/cannot get/);
    await expect(bare.update(virtualMachines, vm)).rejects.toThrow(/cannot update resource "virtualmachines"/);
    await expect(bare.create(coreResources.pods, pod("own"))).rejects.toThrow(/cannot create resource "pods"/);
    await expect(bare.mergePatch(coreResources.nodes, { name: "node1" }, {})).rejects.toThrow(/cannot patch/);
  });

  it("is known by the token that its pod is given", async () => {
    await kubectl.feed({ apiVersion: "v1", kind: "Node", metadata: { name: "node1" } }, "create", "-f", "-");
    const agentPod = {
      ...pod("virt-agent-x", {}),
      metadata: { namespace: "kubevirt", name: "virt-agent-x" },
      spec: { ...pod("x").spec, nodeName: "node1", serviceAccountName: "virt-agent" },
    };
    expect((await kubectl.feed(agentPod, "create", "-f", "-")).stderr).toBe("");
    const { clusters } = parse(readFileSync(controlPlane.kubeconfig, "utf8")) as {
      clusters: { cluster: { "certificate-authority-data": string } }[];
    };
    const ca = Buffer.from(clusters[0]?.cluster["certificate-authority-data"] ?? "", "base64").toString();
    const own = { namespace: "kubevirt", name: "virt-agent-x", account: "virt-agent" };
    const connection = await withTokenOfPod(kubectl, own, { server: administrator.server, ca });
    const agent = new KubeClient(connection, { fieldManager: "test", permitted: agentPermissions });
    const vm = await machineOn("node1", "by-token");
    await agent.update(virtualMachines, { ...vm, status: { phase: "Running" } } as KubeObject, {
      subresource: "status",
    });
    const other = await machineOn("node2", "not-by-token");
    await expect(agent.update(virtualMachines, other, { subresource: "status" })).rejects.toThrow(
      "the agent of node node1 may not report on a machine that is on node node2",
    );
    connection.close();
  });
});

describe("a launcher pod", () => {
  it("is made by the controller", async () => {
    await controller().create(coreResources.pods, pod("virt-launcher-web-abcde"));
  });

  it.each([
    ["an administrator", { user: "root", groups: ["system:masters"] }],
    ["the controller of ReplicaSets", { user: "system:serviceaccount:kube-system:replicaset-controller" }],
  ])("is not made by %s", async (_who, identity) => {
    const made = clientFor(identity).create(coreResources.pods, pod("virt-launcher-forged"));
    await expect(made).rejects.toThrow(
      /only system:serviceaccount:kubevirt:virt-controller may make them|cannot create/,
    );
  });

  const root: Identity = { user: "root", groups: ["system:masters"] };

  it("does not become one later, nor stop to be one, nor another machine's", async () => {
    await admin.create(coreResources.pods, pod("plain", {}));
    const patch = (name: string, labels: Record<string, string | null>) =>
      clientFor(root).mergePatch(coreResources.pods, { namespace: "default", name }, { metadata: { labels } });
    const refused = /only system:serviceaccount:kubevirt:virt-controller may/;
    await expect(patch("plain", launcherLabels)).rejects.toThrow(refused);
    await controller().create(coreResources.pods, pod("virt-launcher-web-fghij"));
    await expect(patch("virt-launcher-web-fghij", { "kubevirt.io": null })).rejects.toThrow(refused);
    await expect(patch("virt-launcher-web-fghij", { "kubevirt.io/created-by": "another" })).rejects.toThrow(refused);
    await patch("virt-launcher-web-fghij", { anything: "else" });
    await patch("plain", { anything: "else" });
  });

  it("does not become one through a pod's status or a binding", async () => {
    await admin.create(coreResources.pods, pod("sly", {}));
    const labels = JSON.stringify({ metadata: { labels: launcherLabels } });
    const viaStatus = await kubectl.try("patch", "pod", "sly", "--subresource=status", "--type=merge", "-p", labels);
    expect(viaStatus.stderr).toContain("only system:serviceaccount:kubevirt:virt-controller may");
    const binding = {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name: "sly", labels: launcherLabels },
      target: { kind: "Node", name: "node1" },
    };
    const path = "/api/v1/namespaces/default/pods/sly/binding";
    const bound = await kubectl.feed(binding, "create", "--raw", path, "-f", "-");
    expect(bound.stderr).toContain("only system:serviceaccount:kubevirt:virt-controller may");
  });

  it("is reported on and removed by whoever else has the right to", async () => {
    await controller().create(coreResources.pods, pod("virt-launcher-web-klmno"));
    const address = { namespace: "default", name: "virt-launcher-web-klmno" };
    const status = { phase: "Running" };
    await clientFor(root).mergePatch(coreResources.pods, { ...address, subresource: "status" }, { status });
    await clientFor(root).delete(coreResources.pods, address, { gracePeriodSeconds: 0 });
    expect(await admin.find(coreResources.pods, address)).toBeUndefined();
  });
});

describe("a person who may edit a namespace", () => {
  it("may make machines there, scale sets, and write no status", async () => {
    await kubectl.run("create", "rolebinding", "ann", "--clusterrole=kubevirt.io:edit", "--user=ann");
    const may = async (verb: string, resource: string, subresource = "") =>
      (await kubectl.try("auth", "can-i", verb, resource, `--subresource=${subresource}`, "--as=ann")).stdout.trim();
    expect(await may("create", "virtualmachines.kubevirt.io")).toBe("yes");
    expect(await may("update", "virtualmachinereplicasets.kubevirt.io", "scale")).toBe("yes");
    expect(await may("update", "virtualmachines.kubevirt.io", "status")).toBe("no");
    expect(await may("create", "pods")).toBe("no");
  });
});
