import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type EngineChild, startEngine } from "./support/child";
import { type Kubectl, kubectlFor, requireKubectl } from "./support/kubectl";

let directory: string;
let engine: EngineChild;
let kubectl: Kubectl;

beforeAll(async () => {
  requireKubectl();
  directory = mkdtempSync(join(tmpdir(), "kubectl-"));
  engine = await startEngine(directory);
  kubectl = kubectlFor(engine.kubeconfig, directory);
});

afterAll(async () => {
  await engine?.kill();
  if (directory !== undefined) rmSync(directory, { recursive: true });
});

afterEach(async () => {
  await kubectl.run("delete", "vms,configmaps,events", "--all", "--wait=false");
});

function machine(name: string, memory = "64M", labels: Record<string, string> = { size: "small" }) {
  return {
    apiVersion: "kubevirt.io/v1alpha1",
    kind: "VirtualMachine",
    metadata: { name, labels },
    spec: {
      domain: {
        resources: { requests: { memory } },
        devices: { disks: [{ name: "root", volumeName: "root", disk: { bus: "virtio" } }] },
      },
      volumes: [{ name: "root", ephemeral: { persistentVolumeClaim: { claimName: "tiny" } } }],
    },
  };
}

function unlabelled(name: string) {
  return { ...machine(name), metadata: { name } };
}

async function create(name = "web"): Promise<void> {
  const { code, stderr } = await kubectl.feed(machine(name), "create", "-f", "-");
  expect(stderr).toBe("");
  expect(code).toBe(0);
}

const running = JSON.stringify({
  status: {
    phase: "Running",
    nodeName: "host",
    interfaces: [{ ipAddress: "10.0.0.7" }],
    conditions: [
      { type: "Ready", status: "True", reason: "Running", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" },
    ],
  },
});

function makeRunning(name = "web"): Promise<string> {
  return kubectl.run("patch", "vm", name, "--subresource=status", "--type=merge", "-p", running);
}

describe("reading", () => {
  it("prints the columns of the kind, and more of them when wide", async () => {
    await create();
    await makeRunning();
    const [header = "", row = ""] = (await kubectl.run("get", "vms")).split("\n");
    expect(header.split(/\s+/)).toEqual(["NAME", "PHASE", "IP", "NODE", "AGE"]);
    expect(row.split(/\s+/)).toEqual(["web", "Running", "10.0.0.7", "host", expect.stringMatching(/^\d+s$/)]);
    expect(await kubectl.run("get", "vm", "-o", "wide")).toContain("web");
    expect(await kubectl.run("get", "all")).toContain("virtualmachine.kubevirt.io/web");
  });

  it("answers templates, paths, YAML and names", async () => {
    await create();
    await makeRunning();
    expect(await kubectl.run("get", "vm", "web", "--template", "{{.status.phase}}")).toBe("Running");
    expect(await kubectl.run("get", "vm", "web", "-o", "jsonpath={.metadata.generation}")).toBe("1");
    expect(await kubectl.run("get", "virtualmachines", "-o", "name")).toBe("virtualmachine.kubevirt.io/web\n");
    expect(await kubectl.run("get", "vm", "web", "-o", "yaml")).toMatch(/^apiVersion: kubevirt\.io\/v1alpha1\n/);
  });

  it("selects by label and field", async () => {
    await create("a");
    await kubectl.feed(machine("b", "64M", { size: "big" }), "create", "-f", "-");
    await makeRunning("b");
    expect(await kubectl.run("get", "vm", "-l", "size in (small, tiny)", "-o", "name")).toMatch(/\/a\n$/);
    expect(await kubectl.run("get", "vm", "--field-selector", "status.phase=Running", "-o", "name")).toMatch(/\/b\n$/);
    expect(await kubectl.run("get", "vm", "-A", "--chunk-size=1", "-o", "name")).toMatch(/\/a\n.*\/b\n$/);
  });

  it("says that an object, or a kind, is not there", async () => {
    expect((await kubectl.try("get", "vm", "nope")).stderr).toContain(
      'Error from server (NotFound): virtualmachines.kubevirt.io "nope" not found',
    );
    expect((await kubectl.try("get", "pods")).stderr).toContain(`the server doesn't have a resource type "pods"`);
  });

  it("shows changes as they happen", async () => {
    await create();
    const watching = kubectl.start("get", "vms", "-w", "--no-headers");
    try {
      if (watching.stdout === null) throw new Error("kubectl has no output");
      const lines = createInterface({ input: watching.stdout })[Symbol.asyncIterator]();
      expect((await lines.next()).value).toMatch(/^web\s/);
      await makeRunning();
      expect((await lines.next()).value).toMatch(/^web\s+Running\s+10\.0\.0\.7/);
    } finally {
      watching.kill();
    }
  });

  it("describes with the events of the object", async () => {
    await create();
    const uid = await kubectl.run("get", "vm", "web", "-o", "jsonpath={.metadata.uid}");
    const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    const event = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { generateName: "web.", namespace: "default" },
      involvedObject: {
        apiVersion: "kubevirt.io/v1alpha1",
        kind: "VirtualMachine",
        name: "web",
        namespace: "default",
        uid,
      },
      type: "Normal",
      reason: "Started",
      message: "VM started.",
      source: { component: "virt-agent", host: "host" },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    };
    expect((await kubectl.feed(event, "create", "-f", "-")).code).toBe(0);
    const description = await kubectl.run("describe", "vm", "web");
    expect(description).toMatch(/Normal\s+Started\s+\S+\s+virt-agent.*VM started\./);
    const [header = "", row = ""] = (await kubectl.run("get", "events")).split("\n");
    expect(header.split(/\s{2,}/)).toEqual(["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]);
    expect(row).toMatch(/Normal\s+Started\s+virtualmachine\/web\s+VM started\./);
    expect(await kubectl.run("events", "--for", "vm/web")).toContain("VM started.");
  });
});

describe("writing", () => {
  it("prints every fault of a wrong manifest", async () => {
    const wrong = machine("web", "-1");
    const { code, stderr } = await kubectl.feed(
      { ...wrong, spec: { ...wrong.spec, volumes: [] } },
      "create",
      "-f",
      "-",
    );
    expect(code).toBe(1);
    expect(stderr).toContain('The VirtualMachine "web" is invalid:');
    expect(stderr).toContain('* spec.domain.resources.requests.memory: Invalid value: "-1"');
    expect(stderr).toContain("* spec.domain.devices.disks[0].volumeName: ");
  });

  it("applies on the client's side, again without a change, and shows the difference first", async () => {
    expect((await kubectl.feed(machine("web"), "apply", "-f", "-")).stdout).toContain("created");
    expect((await kubectl.feed(machine("web"), "apply", "-f", "-")).stdout).toContain("unchanged");
    expect(await kubectl.feed(machine("web"), "diff", "-f", "-")).toMatchObject({ code: 0, stdout: "" });
    const diff = await kubectl.feed(machine("web", "128M"), "diff", "-f", "-");
    expect(diff.code).toBe(1);
    expect(diff.stdout).toMatch(/^-\s+memory: 64M$/m);
    expect(diff.stdout).toMatch(/^\+\s+memory: 128M$/m);
    expect((await kubectl.feed(machine("web", "128M"), "apply", "-f", "-")).stdout).toContain("configured");
    expect(await kubectl.run("get", "vm", "web", "-o", "jsonpath={.metadata.generation}")).toBe("2");
  });

  it("applies on the server's side, with conflicts and removals", async () => {
    const server = ["apply", "--server-side", "-f", "-"];
    expect((await kubectl.feed(machine("web"), ...server)).stdout).toContain("serverside-applied");
    await kubectl.run("label", "vm", "web", "size=big", "--overwrite");
    const conflicting = await kubectl.feed(machine("web"), ...server);
    expect(conflicting.code).toBe(1);
    expect(conflicting.stderr).toMatch(
      /conflict with "kubectl-label" using kubevirt\.io\/v1alpha1: \.metadata\.labels\.size/,
    );
    expect((await kubectl.feed(machine("web"), ...server, "--force-conflicts")).code).toBe(0);
    await kubectl.feed(unlabelled("web"), ...server);
    expect(await kubectl.run("get", "vm", "web", "-o", "jsonpath={.metadata.labels}")).toBe("");
  });

  it("takes over from client-side to server-side apply without a complaint", async () => {
    await kubectl.feed(machine("web"), "apply", "-f", "-");
    const { code, stderr } = await kubectl.feed(machine("web"), "apply", "--server-side", "-f", "-");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    await kubectl.feed(unlabelled("web"), "apply", "--server-side", "-f", "-");
    expect(await kubectl.run("get", "vm", "web", "-o", "jsonpath={.metadata.labels}")).toBe("");
  });

  it("labels, annotates, patches, replaces and edits", async () => {
    await create();
    await kubectl.run("label", "vm", "web", "a=b");
    await kubectl.run("annotate", "vm", "web", "c=d");
    await kubectl.run("patch", "vm", "web", "--type=merge", "-p", '{"metadata":{"labels":{"a":null}}}');
    await kubectl.run(
      "patch",
      "vm",
      "web",
      "--type=json",
      "-p",
      '[{"op":"add","path":"/metadata/labels/e","value":"f"}]',
    );
    expect((await kubectl.try("patch", "vm", "web", "-p", "{}")).stderr).toContain(
      "is not supported by kubevirt.io/v1alpha1",
    );
    const editing = kubectlFor(engine.kubeconfig, directory, { KUBE_EDITOR: "sed -i s/64M/96M/" });
    expect(await editing.run("edit", "vm", "web")).toContain("edited");
    expect(
      await kubectl.run(
        "get",
        "vm",
        "web",
        "-o",
        "jsonpath={.metadata.labels} {.spec.domain.resources.requests.memory}",
      ),
    ).toBe('{"e":"f","size":"small"} 96M');
    expect((await kubectl.feed(machine("web", "32M"), "replace", "-f", "-")).stdout).toContain("replaced");
  });

  it("waits for a field and for a condition", async () => {
    await create();
    const forPhase = kubectl.run("wait", "vm/web", "--for=jsonpath={.status.phase}=Running", "--timeout=20s");
    const forReady = kubectl.run("wait", "vm/web", "--for=condition=Ready", "--timeout=20s");
    await makeRunning();
    expect(await forPhase).toContain("condition met");
    expect(await forReady).toContain("condition met");
  });

  it("dry-runs without storing", async () => {
    expect((await kubectl.feed(machine("web"), "create", "--dry-run=server", "-f", "-")).stdout).toContain(
      "server dry run",
    );
    expect((await kubectl.try("get", "vm", "web")).code).toBe(1);
  });

  it("handles namespaces, secrets, config maps and claims through kubectl's own commands", async () => {
    await kubectl.run("create", "namespace", "team");
    await kubectl.run("-n", "team", "create", "secret", "generic", "keys", "--from-literal=a=b");
    await kubectl.run("-n", "team", "create", "configmap", "words", "--from-literal=a=b");
    expect(await kubectl.run("-n", "team", "get", "secret", "keys", "-o", "jsonpath={.data.a}")).toBe("Yg==");
    expect(await kubectl.run("-n", "team", "get", "secrets", "--no-headers")).toMatch(/^keys\s+Opaque\s+1\s+\d+s\n$/);
    const claim = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "tiny", namespace: "team" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    };
    expect((await kubectl.feed(claim, "apply", "-f", "-")).code).toBe(0);
    expect((await kubectl.feed(claim, "apply", "-f", "-")).stdout).toContain("unchanged");
    const [header = ""] = (await kubectl.run("-n", "team", "get", "pvc")).split("\n");
    expect(header.split(/\s{2,}/)).toEqual([
      "NAME",
      "STATUS",
      "VOLUME",
      "CAPACITY",
      "ACCESS MODES",
      "STORAGECLASS",
      "VOLUMEATTRIBUTESCLASS",
      "AGE",
    ]);
    expect(await kubectl.run("-n", "team", "describe", "pvc", "tiny")).toContain("Used By:       <none>");
    await kubectl.run("label", "namespace", "team", "a=b");
    expect(await kubectl.run("describe", "namespace", "team")).toContain("Active");
    // Nobody is there who looks after disks.
    await kubectl.run("-n", "team", "delete", "pvc", "tiny", "--wait=false");
    await kubectl.run("-n", "team", "patch", "pvc", "tiny", "--type=merge", "-p", '{"metadata":{"finalizers":null}}');
    expect(await kubectl.run("delete", "namespace", "team", "--timeout=20s")).toContain("deleted");
    expect((await kubectl.try("-n", "team", "get", "secret", "keys")).code).toBe(1);
  });
});

describe("deleting", () => {
  it("waits for an object with a finalizer until that goes", async () => {
    await create();
    await kubectl.run("patch", "vm", "web", "--type=merge", "-p", '{"metadata":{"finalizers":["a.b/c"]}}');
    const deleting = kubectl.run("delete", "vm", "web", "--timeout=20s");
    await kubectl.run("wait", "vm/web", "--for=jsonpath={.metadata.deletionTimestamp}", "--timeout=20s");
    await kubectl.run("patch", "vm", "web", "--type=merge", "-p", '{"metadata":{"finalizers":null}}');
    expect(await deleting).toContain('virtualmachine.kubevirt.io "web" deleted');
  });

  it("takes what an object owns along, or leaves it, as asked", async () => {
    for (const [cascade, remains] of [
      ["background", ""],
      ["foreground", ""],
      ["orphan", "configmap/owned\n"],
    ] as const) {
      await create();
      const uid = await kubectl.run("get", "vm", "web", "-o", "jsonpath={.metadata.uid}");
      const reference = {
        apiVersion: "kubevirt.io/v1alpha1",
        kind: "VirtualMachine",
        name: "web",
        uid,
        blockOwnerDeletion: true,
      };
      const owned = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "owned", ownerReferences: [reference] } };
      expect((await kubectl.feed(owned, "create", "-f", "-")).code).toBe(0);
      await kubectl.run("delete", "vm", "web", `--cascade=${cascade}`, "--timeout=20s");
      if (remains === "") await kubectl.run("wait", "configmap/owned", "--for=delete", "--timeout=20s");
      expect(await kubectl.run("get", "configmap", "-o", "name"), cascade).toBe(remains);
    }
  });
});

describe("the server about itself", () => {
  it("lists its resources with short names", async () => {
    const resources = await kubectl.run("api-resources");
    expect(resources).toMatch(/^virtualmachines\s+vm,vms\s+kubevirt\.io\/v1alpha1\s+true\s+VirtualMachine$/m);
    expect(resources).toMatch(/^persistentvolumeclaims\s+pvc\s+v1\s+true\s+PersistentVolumeClaim$/m);
    expect(await kubectl.run("api-versions")).toContain("kubevirt.io/v1alpha1\n");
    expect(await kubectl.run("version")).toContain("Server Version: v1.32");
  });

  it("explains fields", async () => {
    const explained = await kubectl.run("explain", "vm.spec.domain");
    expect(explained).toContain("KIND:       VirtualMachine");
    expect(explained).toMatch(/^ {2}resources\t<Object>/m);
    expect(await kubectl.run("explain", "vm.spec.domain.devices.disks", "--recursive")).toMatch(/volumeName\t<string>/);
  });

  it("allows everything to whoever has the token, and knows who that is", async () => {
    expect(await kubectl.run("auth", "can-i", "create", "vms")).toBe("yes\n");
    expect(await kubectl.run("auth", "can-i", "--list")).toMatch(/\*\.\*/);
    expect(await kubectl.run("auth", "whoami")).toContain("admin");
  });

  it("asks for a token", async () => {
    const { code, stderr } = await kubectl.try("--token=wrong", "get", "vms");
    expect(code).toBe(1);
    expect(stderr).toContain("You must be logged in to the server");
  });
});
