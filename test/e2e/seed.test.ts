/**
 * The command lines of the objects' description, as they are printed there, in its order, on the local engine: namespaces
 * nodejs-ex and test, machines mongodb, nodejs and testvm, the set replica, the preset m1.small.
 */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { run, succeed } from "./support/command.ts";
import { LocalEngine, projectRoot } from "./support/local-engine.ts";
import { eventually } from "./support/wait.ts";

let engine: LocalEngine;

/** A command line, split at spaces but for what is quoted. */
async function shell(line: string): Promise<string> {
  const [program = "", ...args] = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, a, b, c]) => a ?? b ?? c ?? "",
  );
  return succeed(program, args, { env: engine.env, cwd: join(projectRoot, "dist/bin") });
}

const rows = (table: string) => table.split("\n").map((line) => line.trim().split(/\s{2,}/));
const cells = (table: string, column: string) => {
  const [header = [], ...lines] = rows(table);
  return lines.map((line) => line[header.indexOf(column)]);
};

const domain = { devices: { disks: [{ name: "scratch", volumeName: "scratch", disk: { bus: "virtio" } }] } };
const spec = {
  terminationGracePeriodSeconds: 0,
  domain,
  volumes: [{ name: "scratch", emptyDisk: { capacity: "1Mi" } }],
};
const labels = { "kubevirt.io/size": "small" };
const object = (kind: string, namespace: string, name: string, rest: object, metadata: object = {}) =>
  stringify({ apiVersion: "kubevirt.io/v1alpha1", kind, metadata: { name, namespace, ...metadata }, ...rest });
const offline = (name: string) =>
  object("OfflineVirtualMachine", "nodejs-ex", name, {
    spec: { runStrategy: "Always", template: { metadata: { labels }, spec } },
  });
const preset = (namespace: string) =>
  object("VirtualMachinePreset", namespace, "m1.small", {
    spec: { selector: { matchLabels: labels }, domain: { resources: { requests: { memory: "64Mi" } } } },
  });
const replica = object("VirtualMachineReplicaSet", "farm", "replica", {
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "replica" } },
    template: { metadata: { labels: { app: "replica", ...labels } }, spec },
  },
});

beforeAll(async () => {
  engine = await LocalEngine.create();
  await engine.start();
  for (const namespace of ["nodejs-ex", "test", "farm"]) await shell(`kubectl create namespace ${namespace}`);
  const presets = ["nodejs-ex", "test", "farm"].map(preset);
  const testvm = object("VirtualMachine", "test", "testvm", { spec }, { labels: { guest: "testvm", ...labels } });
  const manifest = [...presets, offline("mongodb"), offline("nodejs"), testvm, replica].join("---\n");
  const applied = await run("kubectl", ["apply", "-f", "-"], { env: engine.env, input: manifest });
  expect(applied.code, applied.output).toBe(0);
  await shell("kubectl wait vm/testvm -n test --for=condition=Ready --timeout=60s");
  await shell("kubectl wait ovm/mongodb ovm/nodejs -n nodejs-ex --for=condition=Ready --timeout=60s");
  await shell("kubectl wait vmrs/replica -n farm --for=condition=Ready --timeout=60s");
});

afterAll(async () => {
  if (engine === undefined) return;
  await shell("kubectl delete ovms --all -n nodejs-ex");
  await shell("kubectl delete vmrs --all -n farm");
  await engine.remove();
});

describe("VirtualMachine", () => {
  test("kubectl get vms", async () => {
    const table = await shell("kubectl get vms -n nodejs-ex");
    expect(cells(table, "NAME")).toEqual(["mongodb", "nodejs"]);
    for (const age of cells(table, "AGE")) expect(age).toMatch(/^\d+s$|^\d+m/);
  });

  test("kubectl describe vms", async () => {
    const description = await shell("kubectl describe vms -n test");
    expect(description).toMatch(/^Name: +testvm$/m);
    expect(description).toMatch(/^Namespace: +test$/m);
    expect(description).toMatch(/^Labels: +guest=testvm$/m);
    expect(description).toMatch(/^ +kubevirt\.io\/nodeName=\S+$/m);
    expect(description).toMatch(/^ +kubevirt\.io\/size=small$/m);
    const events = rows(description.slice(description.indexOf("Events:"))).slice(3);
    expect(events.map(([type, reason, , from]) => [type, reason, from])).toEqual([
      ["Normal", "SuccessfulCreate", "virtualmachine-controller"],
      ["Normal", "SuccessfulHandOver", "virtualmachine-controller"],
      ["Normal", "Created", "virt-handler"],
      ["Normal", "Started", "virt-handler"],
    ]);
    expect(events.slice(2).map(([, , , , message]) => message)).toEqual(["VM defined.", "VM started."]);
  });

  test("kubectl -o yaml get vms", async () => {
    const yaml = await shell("kubectl -o yaml get vms mongodb -n nodejs-ex");
    expect(yaml).toMatch(/^apiVersion: kubevirt\.io\/v1alpha1$/m);
    expect(yaml).toMatch(/^kind: VirtualMachine$/m);
    expect(yaml).toMatch(/^status:$/m);
    expect(yaml).toMatch(/^ {2}- ipAddress: \d+\.\d+\.\d+\.\d+$/m);
    expect(yaml).toMatch(/^ {2}nodeName: \S+$/m);
    expect(yaml).toMatch(/^ {2}phase: Running$/m);
  });

  test("kubectl get vm --template", async () => {
    expect(await shell("kubectl get vm mongodb --template {{.status.phase}} -n nodejs-ex")).toBe("Running");
  });
});

describe("OfflineVirtualMachine", () => {
  const ready = (value: boolean) =>
    shell(`kubectl wait ovm/mongodb -n nodejs-ex --for=jsonpath={.status.ready}=${value} --timeout=60s`);
  const machines = async () => cells(await shell("kubectl get vms -n nodejs-ex"), "NAME");
  const stopped = () =>
    eventually("mongodb is stopped", async () => ((await machines()).includes("mongodb") ? undefined : true));

  test("kubectl get ovms", async () => {
    expect(cells(await shell("kubectl get ovms -n nodejs-ex"), "NAME")).toEqual(["mongodb", "nodejs"]);
    const yaml = await shell("kubectl -o yaml get ovms mongodb -n nodejs-ex");
    expect(yaml).toMatch(/^kind: OfflineVirtualMachine$/m);
    expect(yaml).toMatch(/^ {2}created: true$/m);
    expect(yaml).toMatch(/^ {2}ready: true$/m);
    expect(await shell('kubectl get ovm mongodb --template "{{.status.ready}}" -n nodejs-ex')).toBe("true");
  });

  test("kubectl patch offlinevirtualmachine", async () => {
    await shell(
      `kubectl patch offlinevirtualmachine mongodb --type merge -p '{"spec":{"runStrategy": "Halted"}}' -n nodejs-ex`,
    );
    await stopped();
    await ready(false);
    await shell(
      `kubectl patch offlinevirtualmachine mongodb --type merge -p '{"spec":{"runStrategy": "Always"}}' -n nodejs-ex`,
    );
    await ready(true);
    expect(await machines()).toEqual(["mongodb", "nodejs"]);
  });

  test("virtctl start and stop", async () => {
    await shell("./virtctl stop mongodb -n nodejs-ex");
    await stopped();
    await ready(false);
    await shell("./virtctl start mongodb -n nodejs-ex");
    await ready(true);
  });
});

describe("VirtualMachineReplicaSet", () => {
  test("kubectl get vmrs", async () => {
    expect(cells(await shell("kubectl get vmrs -n farm"), "NAME")).toEqual(["replica"]);
    const names = cells(await shell("kubectl get vms -n farm"), "NAME");
    expect(names).toHaveLength(2);
    for (const name of names) expect(name).toMatch(/^replica[a-z0-9]{5}$/);
    expect(await shell('kubectl get vmrs replica --template "{{.status.readyReplicas}}" -n farm')).toBe("2");
    expect(await shell('kubectl get vmrs replica --template "{{.status.replicas}}" -n farm')).toBe("2");
  });

  test("kubectl scale", async () => {
    await shell("kubectl scale vmrs replica --replicas=3 -n farm");
    await shell("kubectl wait vmrs/replica -n farm --for=jsonpath={.status.readyReplicas}=3 --timeout=60s");
    await shell(`kubectl patch vmrs replica --type merge -p '{"spec":{"paused":true,"replicas":1}}' -n farm`);
    await shell("kubectl wait vmrs/replica -n farm --for=condition=ReplicaPaused --timeout=30s");
    expect(cells(await shell("kubectl get vms -n farm"), "NAME")).toHaveLength(3);
    await shell(`kubectl patch vmrs replica --type merge -p '{"spec":{"paused":false}}' -n farm`);
    await shell("kubectl wait vmrs/replica -n farm --for=jsonpath={.status.readyReplicas}=1 --timeout=60s");
  });
});

describe("VirtualMachinePreset", () => {
  test("kubectl get vmpreset", async () => {
    expect(cells(await shell("kubectl get vmpreset -n nodejs-ex"), "NAME")).toEqual(["m1.small"]);
  });
});
