/** The custom resource definitions on a real API server: accepted whole, served, explained. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { kinds } from "../../../provider/api/v1alpha1/kinds";
import { buildReplicaSet } from "../../builders/owners";
import { buildVirtualMachine } from "../../builders/virtual-machine";
import { type Kubectl, kubectlFor } from "../apiserver/support/kubectl";
import { type ControlPlane, startControlPlane } from "./support/control-plane";
import { definitionFile, installDefinitions } from "./support/definitions";

let controlPlane: ControlPlane;
let kubectl: Kubectl;

beforeAll(async () => {
  controlPlane = await startControlPlane();
  kubectl = kubectlFor(controlPlane.kubeconfig, controlPlane.directory);
  await installDefinitions(kubectl);
});

afterAll(() => controlPlane?.stop());

describe("the definitions", () => {
  it.each(kinds.map(({ plural }) => plural))("of %s are Established, and structural", async (plural) => {
    const text = await kubectl.run("get", "crd", `${plural}.kubevirt.io`, "-o", "json");
    const { conditions } = (JSON.parse(text) as { status: { conditions: { type: string; status: string }[] } }).status;
    const holding = conditions.filter(({ status }) => status === "True").map(({ type }) => type);
    expect(holding.sort()).toEqual(["Established", "NamesAccepted"]);
  });

  it.each(kinds.map(({ plural }) => plural))("of %s are stored as they were given, nothing pruned", async (plural) => {
    const text = await kubectl.run("get", "crd", `${plural}.kubevirt.io`, "-o", "json");
    const given = parse(readFileSync(definitionFile(plural), "utf8")) as { spec: { versions: object[] } };
    const stored = JSON.parse(text) as typeof given;
    expect(stored.spec.versions).toEqual(given.spec.versions);
  });

  it("explain fields with their types and descriptions", async () => {
    const clock = await kubectl.run("explain", "vm.spec.domain.clock");
    expect(clock).toMatch(/KIND: +VirtualMachine\n/);
    expect(clock).toMatch(/FIELD: clock <Object>/);
    expect(clock).toContain("Clock and timers. Default: UTC and the hypervisor's timers.");
    expect(clock).toMatch(/timezone\t<string>\n +Start with the local time of this tz database zone/);
    expect(clock).toMatch(/timer\t<Object>\n +Timers of the machine\./);
    const bus = await kubectl.run("explain", "vm.spec.domain.devices.disks.cdrom.bus");
    expect(bus).toMatch(/enum: virtio, sata, scsi, usb, \.*ide|ENUM:\n +virtio/);
  });

  it.each(kinds.flatMap(({ plural, shortNames }) => shortNames.map((name) => [name, plural] as const)))(
    "serve %s as %s",
    async (shortName, plural) => {
      expect(await kubectl.run("get", shortName, "-o", "name")).toBe("");
      expect(await kubectl.run("explain", shortName)).toContain(kinds.find((kind) => kind.plural === plural)?.kind);
    },
  );
});

describe("objects", () => {
  it("are listed with their columns", async () => {
    for (const object of sampleObjects()) await mustApply(object);
    const status = { phase: "Running", nodeName: "node-1", interfaces: [{ ipAddress: "10.0.0.7" }] };
    await kubectl.run("patch", "vm", "web", "--subresource=status", "--type=merge", "-p", JSON.stringify({ status }));
    expect(await tableOf("vm")).toEqual([
      ["NAME", "PHASE", "IP", "NODE", "AGE"],
      ["web", "Running", "10.0.0.7", "node-1", expect.any(String)],
    ]);
    expect((await tableOf("ovm"))[0]).toEqual(["NAME", "STRATEGY", "CREATED", "READY", "AGE"]);
    expect((await tableOf("vmrs"))[0]).toEqual(["NAME", "DESIRED", "CURRENT", "READY", "AGE"]);
    expect((await tableOf("vmpreset"))[0]).toEqual(["NAME", "AGE"]);
    expect(await kubectl.run("get", "kubevirt", "-o", "name")).toContain("virtualmachinepreset.kubevirt.io/small");
  });

  it("are selected by phase and by node", async () => {
    expect(
      await kubectl.run("get", "vm", "--field-selector=status.phase=Running,status.nodeName=node-1", "-o", "name"),
    ).toBe("virtualmachine.kubevirt.io/web\n");
    expect(await kubectl.run("get", "vm", "--field-selector=status.nodeName=node-2", "-o", "name")).toBe("");
  });

  it("scale", async () => {
    await kubectl.run("scale", "vmrs", "web", "--replicas=5");
    expect(await kubectl.run("get", "vmrs", "web", "-o", "jsonpath={.spec.replicas}")).toBe("5");
    const status = { replicas: 4, readyReplicas: 3, labelSelector: "app=web" };
    await kubectl.run("patch", "vmrs", "web", "--subresource=status", "--type=merge", "-p", JSON.stringify({ status }));
    const scale = await kubectl.run(
      "get",
      "--raw",
      `/apis/kubevirt.io/v1alpha1/namespaces/default/virtualmachinereplicasets/web/scale`,
    );
    expect(JSON.parse(scale)).toMatchObject({ spec: { replicas: 5 }, status: { replicas: 4, selector: "app=web" } });
  });

  it("keep spec and status apart", async () => {
    const spec = { terminationGracePeriodSeconds: 7 };
    await kubectl.run("patch", "vm", "web", "--subresource=status", "--type=merge", "-p", JSON.stringify({ spec }));
    await kubectl.run("patch", "vm", "web", "--type=merge", "-p", JSON.stringify({ status: { phase: "Failed" } }));
    const vm = await kubectl.run("get", "vm", "web", "-o", "json");
    expect(JSON.parse(vm)).toMatchObject({ status: { phase: "Running" } });
    expect(vm).not.toContain("terminationGracePeriodSeconds");
  });

  it("with a field that no kind has are refused", async () => {
    const domain = { cpuu: { cores: 1 } };
    const { code, stderr } = await kubectl.feed(
      { ...buildVirtualMachine(), metadata: { name: "odd" }, spec: { domain } },
      "apply",
      "-f",
      "-",
    );
    expect(code).not.toBe(0);
    expect(stderr).toContain('unknown field "spec.domain.cpuu"');
  });

  it("are merged by the names of their disks and volumes when appliers share them", async () => {
    const part = (name: string) => ({
      apiVersion: "kubevirt.io/v1alpha1",
      kind: "VirtualMachine",
      metadata: { name: "shared" },
      spec: {
        domain: { devices: { disks: [{ name, volumeName: name }] } },
        volumes: [{ name, emptyDisk: { capacity: "1Gi" } }],
      },
    });
    const apply = (manager: string, name: string) =>
      kubectl.feed(part(name), "apply", "--server-side", `--field-manager=${manager}`, "-f", "-");
    expect((await apply("one", "root")).stderr).toBe("");
    expect((await apply("two", "data")).stderr).toBe("");
    const names = "jsonpath={.spec.domain.devices.disks[*].name} {.spec.volumes[*].name}";
    expect(await kubectl.run("get", "vm", "shared", "-o", names)).toBe("root data root data");
  });
});

async function mustApply(object: object): Promise<void> {
  const { stderr, code } = await kubectl.feed(object, "apply", "-f", "-");
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
}

async function tableOf(kind: string): Promise<readonly (readonly string[])[]> {
  const lines = (await kubectl.run("get", kind)).trimEnd().split("\n");
  return lines.map((line) => line.split(/ {2,}/).map((cell) => cell.trim()));
}

function sampleObjects(): readonly object[] {
  const { spec } = buildVirtualMachine();
  return [
    { ...buildVirtualMachine(), metadata: { name: "web" } },
    {
      apiVersion: "kubevirt.io/v1alpha1",
      kind: "OfflineVirtualMachine",
      metadata: { name: "web" },
      spec: { runStrategy: "Halted", template: { spec } },
    },
    { ...buildReplicaSet(), metadata: { name: "web" } },
    {
      apiVersion: "kubevirt.io/v1alpha1",
      kind: "VirtualMachinePreset",
      metadata: { name: "small" },
      spec: { selector: { matchLabels: { size: "small" } }, domain: { cpu: { cores: 1 } } },
    },
  ];
}
