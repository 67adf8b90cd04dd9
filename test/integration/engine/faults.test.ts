/** What must not hurt: a hypervisor that goes away, objects nobody validated, foreign domains, refusals, late claims. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { VirtualMachine } from "../../../provider/api/v1alpha1/virtual-machine";
import { convertVirtualMachine, printDomain } from "../../../provider/core/convert";
import { virtualMachines } from "../../../provider/core/resources";
import { coreResources, type KubeObject } from "../../../provider/kube/resource";
import { HypervisorError } from "../../../provider/libvirt/hypervisor";
import { buildMachineFacts } from "../../builders/machine-facts";
import { buildVirtualMachine } from "../../builders/virtual-machine";
import { FakeHypervisor } from "../../fakes/hypervisor";
import { Mortal } from "./support/crash";
import { eventually, Lab, nodeName } from "./support/lab";

let lab: Lab;

beforeEach(async () => {
  lab = await Lab.open();
});
afterEach(() => lab.close());

const refused = (message: string) => new HypervisorError(message, { code: 1, domain: 10 });
const callsOf = (verb: string) => lab.hypervisor.calls.filter((call) => call.verb === verb).length;
const condition = (vm: VirtualMachine, type: string) => vm.status?.conditions?.find((one) => one.type === type);

describe("a hypervisor that goes away", () => {
  test("fails no machine, and the ones that wait start when it is back", async () => {
    await lab.startController();
    await lab.startAgent();
    await lab.create("web");
    const before = await lab.phase("web", "Running");
    lab.hypervisor.goAway();
    await lab.create("late");
    await lab.phase("late", "Scheduled");
    const waiting = await eventually("the reason", async () => {
      const seen = await lab.get("late");
      return seen !== undefined && condition(seen, "Synchronized") !== undefined ? seen : undefined;
    });
    expect(condition(waiting, "Synchronized")).toMatchObject({ status: "False", reason: "HypervisorUnavailable" });
    expect(waiting.status?.phase).toBe("Scheduled");
    expect((await lab.get("web"))?.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    lab.hypervisor.comeBack();
    expect(condition(await lab.phase("late", "Running"), "Synchronized")).toBeUndefined();
    expect((await lab.get("web"))?.status?.phase).toBe("Running");
    expect(lab.starts("web")).toBe(1);
  });

  test("in which a guest ended meanwhile: its end is told when it is back", async () => {
    await lab.startController();
    await lab.startAgent();
    await lab.create("web");
    const { metadata } = await lab.phase("web", "Running");
    lab.hypervisor.goAway();
    lab.hypervisor.endGuest(metadata.uid ?? "", "shutdown");
    lab.hypervisor.comeBack();
    await lab.phase("web", "Succeeded");
    await lab.noTraces(metadata.uid);
  });
});

describe("an API that goes away", () => {
  test("stops no guest; a guest's end is told when it is back", async () => {
    await lab.startController();
    await lab.startAgent();
    await lab.create("web");
    const { metadata } = await lab.phase("web", "Running");
    await lab.stopApi();
    lab.hypervisor.endGuest(metadata.uid ?? "", "crashed");
    await lab.startApi();
    await lab.phase("web", "Failed");
    await lab.noTraces(metadata.uid);
    await lab.create("after");
    await lab.phase("after", "Running");
  });
});

describe("an agent that was down", () => {
  test("finds its guests as they are and touches none", async () => {
    await lab.startController();
    const agent = await lab.startAgent();
    await lab.create("web");
    const before = await lab.phase("web", "Running");
    await lab.stop(agent);
    await lab.startAgent();
    await lab.create("next");
    await lab.phase("next", "Running");
    const after = await lab.get("web");
    expect(after?.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    expect(lab.starts("web")).toBe(1);
  });

  test("ends the domain and removes the files of a machine whose object went meanwhile", async () => {
    await lab.startController();
    const agent = await lab.startAgent();
    await lab.create("web", { terminationGracePeriodSeconds: 0 });
    const vm = await lab.phase("web", "Running");
    await lab.stop(agent);
    await lab.client.update(virtualMachines, { ...vm, metadata: { ...vm.metadata, finalizers: [] } });
    await lab.delete("web");
    expect(await lab.traces(vm.metadata.uid)).toEqual(["domain", "address", "files"]);
    await lab.startAgent();
    await lab.noTraces(vm.metadata.uid);
  });

  test("removes files that have neither an object nor a domain", async () => {
    const uid = "7f6d8f52-6b94-4b3f-8b0e-1f0d0f0a0b0c";
    await mkdir(join(lab.root, "volumes", "machines", uid), { recursive: true });
    await lab.startAgent();
    await lab.noTraces(uid);
  });

  test("starts without libvirt's network, and says of each machine what is missing", async () => {
    await lab.close();
    lab = await Lab.open({ hypervisor: new FakeHypervisor({ networks: [] }) });
    await mkdir(join(lab.root, "volumes", "machines", "7f6d8f52-6b94-4b3f-8b0e-1f0d0f0a0b0c"), { recursive: true });
    await lab.startController();
    await lab.startAgent();
    const { metadata } = await lab.create("web");
    const vm = await eventually("the reason", async () => {
      const seen = await lab.get("web");
      return seen !== undefined && condition(seen, "Synchronized") !== undefined ? seen : undefined;
    });
    expect(condition(vm, "Synchronized")).toMatchObject({ status: "False", reason: "NoAddress" });
    expect(condition(vm, "Synchronized")?.message).toContain('libvirt has no network "default"');
    await lab.delete("web");
    await lab.gone("web");
    expect(await lab.traces(metadata.uid)).toEqual([]);
  });
});

describe("an address that is not to be had while QEMU starts", () => {
  const refuseAll = () => {
    for (let count = 0; count < 40; count += 1) lab.hypervisor.failNext("addDhcpHost", refused("no room for it"));
  };
  const held = () =>
    eventually("the guest stands still, and its machine says why", async () => {
      const vm = await lab.get("web");
      if (vm === undefined || condition(vm, "Synchronized") === undefined) return undefined;
      return (await lab.guest(vm.metadata.uid)) === "paused" ? vm : undefined;
    });

  test("keeps the guest still until it has one", async () => {
    refuseAll();
    await lab.startController();
    await lab.startAgent();
    await lab.create("web");
    expect(condition(await held(), "Synchronized")?.message).toContain("no room for it");
    const vm = await lab.phase("web", "Running");
    expect(await lab.guest(vm.metadata.uid)).toBe("running");
    expect(await lab.traces(vm.metadata.uid)).toEqual(["domain", "address", "files"]);
    expect(lab.starts("web")).toBe(1);
  });

  test("leaves nothing of a machine that is deleted meanwhile, and has no button pressed on a guest that never ran", async () => {
    refuseAll();
    await lab.startController();
    await lab.startAgent();
    await lab.create("web", { terminationGracePeriodSeconds: 600 });
    const { metadata } = await held();
    await lab.delete("web");
    await lab.gone("web");
    await lab.noTraces(metadata.uid);
    expect(callsOf("shutdown")).toBe(0);
    expect(callsOf("resume")).toBe(0);
  });
});

describe("a domain of somebody else", () => {
  const foreign = (clusterUid: string) => {
    const vm = buildVirtualMachine({ metadata: { name: "theirs" } });
    const converted = convertVirtualMachine(vm, buildMachineFacts({ clusterUid }));
    if (!converted.ok) throw new Error("the machine cannot be converted");
    return printDomain(converted.domain);
  };

  test("of another engine is never touched, not even for a machine of its name", async () => {
    const theirs = await lab.hypervisor.define(foreign("another-engine"));
    await lab.hypervisor.start(theirs);
    await lab.startController();
    await lab.startAgent();
    await lab.create("theirs");
    const vm = await eventually("the refusal", async () => {
      const seen = await lab.get("theirs");
      return seen !== undefined && condition(seen, "Synchronized") !== undefined ? seen : undefined;
    });
    expect(condition(vm, "Synchronized")).toMatchObject({ reason: "NameTaken" });
    expect(condition(vm, "Synchronized")?.message).toContain(`undefine ${theirs.uuid}`);
    await lab.delete("theirs");
    await lab.gone("theirs");
    expect(await lab.hypervisor.domainStatus(theirs)).toEqual({ state: "running", reason: "booted" });
  });

  test("without our metadata is never touched", async () => {
    const bare = await lab.hypervisor.define(
      "<domain><name>default_web</name><uuid>0b6e6f3a-3d6d-4f10-9d57-5a8f0e0b7f11</uuid></domain>",
    );
    await lab.hypervisor.start(bare);
    await lab.startController();
    await lab.startAgent();
    await lab.create("other");
    await lab.phase("other", "Running");
    expect(await lab.hypervisor.domainStatus(bare)).toEqual({ state: "running", reason: "booted" });
  });
});

describe("a start that fails", () => {
  test("says libvirt's reason, tries again without haste, and succeeds after the repair", async () => {
    await lab.startController();
    for (let time = 0; time < 3; time += 1) lab.hypervisor.failNext("start", refused("no such image"));
    await lab.startAgent();
    const began = performance.now();
    const { metadata } = await lab.create("web");
    const failing = await eventually("the reason", async () => {
      const seen = await lab.get("web");
      return seen !== undefined && condition(seen, "Synchronized") !== undefined ? seen : undefined;
    });
    expect(condition(failing, "Synchronized")).toMatchObject({
      status: "False",
      reason: "HypervisorRefused",
      message: "libvirt: no such image",
    });
    const running = await lab.phase("web", "Running");
    expect(condition(running, "Synchronized")).toBeUndefined();
    expect(callsOf("start")).toBe(4);
    // The failures' own events must not call for the next try: there is a back-off of two seconds among the three.
    expect(performance.now() - began).toBeGreaterThan(1_500);
    expect((await lab.events(metadata.uid)).filter(({ reason }) => reason === "SyncFailed")).toEqual([
      { reason: "SyncFailed", message: "libvirt: no such image", count: 1 },
    ]);
  });

  test("with a message without end keeps the status small, and says that it was cut", async () => {
    await lab.startController();
    for (let time = 0; time < 50; time += 1) lab.hypervisor.failNext("define", refused("x".repeat(1_000_000)));
    await lab.startAgent();
    await lab.create("web");
    const vm = await eventually("the reason", async () => {
      const seen = await lab.get("web");
      return seen !== undefined && condition(seen, "Synchronized") !== undefined ? seen : undefined;
    });
    expect(JSON.stringify(vm.status).length).toBeLessThan(64 * 1024);
    expect(condition(vm, "Synchronized")?.message).toMatch(/characters more\)$/);
  });

  test("for lack of a claim waits for the claim, and starts as soon as it is bound", async () => {
    await lab.startController();
    await lab.startAgent();
    await lab.create("web", {
      volumes: [{ name: "root", ephemeral: { persistentVolumeClaim: { claimName: "later" } } }],
    });
    await eventually("the reason", async () => {
      const seen = await lab.get("web");
      return seen !== undefined && condition(seen, "Synchronized")?.reason === "ClaimNotFound" ? true : undefined;
    });
    await lab.importClaim("later");
    await lab.phase("web", "Running");
  });

  test("whose machine is deleted leaves nothing", async () => {
    await lab.startController();
    for (let time = 0; time < 50; time += 1) lab.hypervisor.failNext("start", refused("no such image"));
    await lab.startAgent();
    const { metadata } = await lab.create("web");
    await eventually("a try", () => (callsOf("start") > 0 ? true : undefined));
    await lab.delete("web");
    await lab.gone("web");
    await lab.noTraces(metadata.uid);
  });
});

describe("a machine that is deleted while it starts", () => {
  test("never stays: its domain is ended when the start is through", async () => {
    await lab.startController();
    const held = new Mortal({ step: "", moment: "before" });
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const step = held.step.bind(held);
    held.step = async (what, make) => {
      if (what === "define") await gate;
      return step(what, make);
    };
    await lab.startAgent({ mortal: held });
    const { metadata } = await lab.create("web", { terminationGracePeriodSeconds: 0 });
    await eventually("the start is under way", async () =>
      (await lab.traces(metadata.uid)).includes("files") ? true : undefined,
    );
    await lab.delete("web");
    release();
    await lab.gone("web");
    await lab.noTraces(metadata.uid);
    expect(await lab.hypervisor.listDomains()).toEqual([]);
  });
});

describe("objects that never passed validation", () => {
  const key = (name: string) => `/kubevirt.io/virtualmachines/default/${name}`;
  const store = (name: string, object: object, metadata: object = {}) =>
    lab.store.create(
      key(name),
      JSON.stringify({
        apiVersion: "kubevirt.io/v1alpha1",
        kind: "VirtualMachine",
        metadata: { name, namespace: "default", uid: crypto.randomUUID(), generation: 1, ...metadata },
        ...object,
      }),
    );
  const applied = { annotations: { "presets.virtualmachines.kubevirt.io/presets-applied": "kubevirt.io/v1alpha1" } };

  const specs: Readonly<Record<string, object>> = {
    "no-spec": {},
    "null-spec": { spec: null },
    "text-spec": { spec: "boot" },
    "no-domain": { spec: {} },
    "null-domain": { spec: { domain: null } },
    "volumes-no-list": { spec: { domain: {}, volumes: { name: "a" } } },
    "disks-no-list": { spec: { domain: { devices: { disks: 7 } } } },
    "selector-no-map": { spec: { domain: {}, nodeSelector: 5 } },
    "absurd-memory": { spec: { domain: { resources: { requests: { memory: "1e999" } } } } },
  };

  for (const [marked, metadata] of [
    ["", {}],
    [" and claim to have their presets", applied],
  ] as const) {
    test(`are Failed with a reason${marked}, and others run`, async () => {
      for (const [name, object] of Object.entries(specs)) await store(name, object, metadata);
      await lab.startController();
      await lab.startAgent();
      await lab.create("web");
      await lab.phase("web", "Running");
      for (const name of Object.keys(specs)) {
        const failed = await lab.phase(name, "Failed");
        expect(condition(failed, "Ready")?.message, name).toMatch(/spec|memory/);
      }
    });
  }

  test("that are on the node already are Failed by the agent, and others run", async () => {
    const status = { phase: "Scheduled", nodeName };
    for (const [name, object] of Object.entries(specs)) await store(name, { ...object, status });
    await lab.startController();
    await lab.startAgent();
    await lab.create("web");
    await lab.phase("web", "Running");
    for (const name of Object.keys(specs)) {
      const failed = await lab.phase(name, "Failed");
      expect(condition(failed, "Synchronized")?.message, name).toContain("this node cannot run the machine");
    }
  });

  test("are removed when they are deleted, and keep no claim from being removed", async () => {
    const status = { phase: "Scheduled", nodeName };
    const metadata = { finalizers: ["foregroundDeleteVirtualMachine"], deletionTimestamp: "2026-01-01T00:00:00Z" };
    for (const [name, object] of Object.entries(specs)) await store(name, { ...object, status }, metadata);
    await store("no-finalizer", { spec: { domain: {}, volumes: 3 }, status: { phase: "Odd", conditions: 5 } });
    await lab.startController();
    await lab.startAgent();
    for (const name of Object.keys(specs)) await lab.gone(name);
    await lab.client.delete(coreResources.persistentVolumeClaims, { namespace: "default", name: "tiny" });
    await eventually("the claim is gone", async () => {
      const { items } = await lab.client.list<KubeObject>(coreResources.persistentVolumeClaims);
      return items.length === 0 ? true : undefined;
    });
  });

  test("with a status that is no status are looked at as if it were not there", async () => {
    const spec = { domain: {} };
    await store("text", { spec, status: "Running" });
    await store("conditions", { spec, status: { conditions: [1, { type: 3 }], interfaces: "none" } });
    await store("phase", { spec, status: { phase: 17 } });
    await store("lost", { spec, status: { phase: "Elsewhere", nodeName } });
    await lab.startController();
    await lab.startAgent();
    for (const name of ["text", "conditions", "phase"]) await lab.phase(name, "Running");
    await lab.phase("lost", "Failed");
    expect(lab.starts("lost")).toBe(0);
  });
});
