/** The provider as Pulumi's engine drives it: its gRPC server, the real API server; controller and agent are played. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import {
  GetMappingRequest,
  GetSchemaRequest,
  type GetSchemaResponse,
  InvokeRequest,
  ProviderHandshakeRequest,
  type ProviderHandshakeResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { virtualMachines } from "../../../provider/core/resources";
import { forwarder } from "../../../provider/lifecycle/forwarder";
import { unknownMarker } from "../../../provider/lifecycle/inputs";
import { secret } from "../../builders/property-values";
import { eventually, Lab } from "../engine/support/lab";
import { Player } from "../lifecycle/support/player";
import { initFailureOf, PluginSession, type Properties, refusalOf, urnOf } from "./support/session";

const canary = "the-canary-of-this-test";
const userData = `#!/bin/sh\necho ${canary}\n`;
const machineUrn = urnOf("VirtualMachine", "web");
const presetUrn = urnOf("VirtualMachinePreset", "small");

let lab: Lab;
let player: Player;
let plugin: PluginSession;

beforeEach(async () => {
  lab = await Lab.open();
  player = new Player(lab.client);
  await player.start();
  plugin = await PluginSession.open({ kubeconfig: secret(lab.kubeconfig) });
});
afterEach(async () => {
  await plugin.close();
  await player.stop();
  await lab.close();
});

const spec = (changes: Properties = {}): Properties => ({
  domain: {
    resources: { requests: { memory: "64Mi" } },
    devices: { disks: [{ name: "seed", volumeName: "seed", cdrom: { bus: "sata" } }] },
  },
  volumes: [{ name: "seed", cloudInitNoCloud: { userData } }],
  ...changes,
});
const machine = (metadata: Properties = {}, changes: Properties = {}): Properties => ({
  metadata: { name: "web", labels: { size: "small" }, ...metadata },
  spec: spec(changes),
});
const preset = (cores: number): Properties => ({
  metadata: { name: "small" },
  spec: { selector: { matchLabels: { size: "small" } }, domain: { cpu: { cores } } },
});
const inputsOf = (given: Properties): Promise<Properties> => plugin.check(machineUrn, given);
const created = async (given: Properties = machine()): Promise<Properties> =>
  (await plugin.create(machineUrn, await inputsOf(given))).outputs;

describe("check", () => {
  test("gives a name, the namespace of the connection, and the mark of the URN", async () => {
    const { metadata } = await inputsOf({ spec: spec() });
    expect(metadata).toMatchObject({
      name: expect.stringMatching(/^web-[0-9a-f]{8}$/),
      namespace: "default",
      annotations: { "kubevirt.io/pulumi-urn": machineUrn },
    });
  });

  test("tells every fault with its path, also of what only this form can be given, and says no secret", async () => {
    const failures = await plugin.faults(machineUrn, {
      ...machine({}, { domain: { cpu: { cores: secret(0) }, ioThreads: secret(canary) } }),
      presets: [],
    });
    expect(failures).toContainEqual(expect.stringMatching(/^presets: \[\]: is no argument/));
    expect(failures).toContainEqual(expect.stringMatching(/^spec\.domain\.cpu\.cores: 0: .*at least 1/));
    expect(failures).toContainEqual(expect.stringMatching(/^spec\.domain\.ioThreads: "\[secret\]": /));
    expect(failures.join("\n")).not.toContain(canary);
  });

  test("lets through what is not known yet, and keeps user data secret whether or not the program does", async () => {
    const volumes = [{ name: "seed", cloudInitNoCloud: { userData } }, unknownMarker];
    const given = machine({ labels: unknownMarker }, { domain: secret(unknownMarker), volumes });
    expect(await inputsOf(given)).toMatchObject({
      metadata: { labels: unknownMarker },
      spec: {
        domain: secret(unknownMarker),
        volumes: [{ cloudInitNoCloud: { userData: secret(userData) } }, unknownMarker],
      },
    });
  });

  test("merges the presets that the program declared before", async () => {
    await plugin.check(presetUrn, preset(2));
    expect(await inputsOf(machine())).toMatchObject({ spec: { domain: { cpu: { cores: 2 } } } });
  });

  test("refuses a preset that comes after a machine that it concerns, with what to do", async () => {
    await inputsOf(machine());
    const failures = await plugin.faults(presetUrn, preset(2));
    expect(failures).toEqual([expect.stringContaining(`this preset concerns ${machineUrn}`)]);
    expect(failures[0]).toContain("dependsOn");
  });

  test("takes a preset that this run does not show from the cluster, and says so", async () => {
    await plugin.create(presetUrn, await plugin.check(presetUrn, preset(2)));
    const olds = await inputsOf(machine());
    await plugin.configure({ kubeconfig: lab.kubeconfig });

    expect(await plugin.check(machineUrn, machine(), olds)).toEqual(olds);
    expect(await plugin.faults(machineUrn, machine(), olds)).toEqual([]);
    expect(plugin.engine.said).toContainEqual({
      urn: machineUrn,
      severity: "warning",
      passing: false,
      text: expect.stringContaining("preset default/small, of which the machine has settings"),
    });
  });

  test("reports no failure itself, at which the engine would stop, and lets nothing happen to what it found faulty", async () => {
    const { id, outputs } = await plugin.create(machineUrn, await inputsOf(machine()));
    const faulty = await plugin.check(machineUrn, machine({}, { domain: { cpu: { cores: 0 } } }), outputs);
    const words = expect.stringMatching(/refused: spec\.domain\.cpu\.cores: 0: /);
    expect(await plugin.diff(machineUrn, outputs, faulty)).toMatchObject({ changes: true, replaces: [] });
    const steps = await Promise.all([
      refusalOf(plugin.create(machineUrn, faulty, { preview: true })),
      refusalOf(plugin.create(machineUrn, faulty)),
      refusalOf(plugin.update(machineUrn, outputs, faulty, { preview: true })),
      refusalOf(plugin.update(machineUrn, outputs, faulty)),
      refusalOf(plugin.delete(machineUrn, id, outputs)),
    ]);
    for (const refusal of steps) expect(refusal).toHaveProperty("message", words);
    expect((await lab.get("web"))?.metadata.deletionTimestamp).toBe(undefined);
    await plugin.update(machineUrn, outputs, await plugin.check(machineUrn, machine(), outputs));
    await plugin.delete(machineUrn, id, outputs);
  });

  test("warns in the engine's log of what takes effect later", async () => {
    const urn = urnOf("OfflineVirtualMachine", "kept");
    const kept = (memory: string): Properties => ({
      metadata: { name: "kept" },
      spec: { runStrategy: "Halted", template: { spec: { domain: { resources: { requests: { memory } } } } } },
    });
    await plugin.check(urn, kept("128Mi"), await plugin.check(urn, kept("64Mi")));
    expect(plugin.engine.said.map(({ text }) => text)).toContainEqual(
      expect.stringContaining("spec.template: the change takes effect when the machine is next started"),
    );
  });
});

describe("diff", () => {
  test("tells value by value what changes and what that replaces", async () => {
    const olds = await created(machine({ labels: { size: "small", "example.com/tier": "a" } }));
    const news = await inputsOf(
      machine({ labels: { size: "small", "example.com/tier": "b", new: "1" } }, { terminationGracePeriodSeconds: 5 }),
    );
    expect(await plugin.diff(machineUrn, olds, news)).toEqual({
      changes: true,
      replaces: ["spec"],
      deleteBeforeReplace: true,
      details: {
        'metadata.labels["example.com/tier"]': "UPDATE",
        "metadata.labels.new": "ADD",
        "spec.terminationGracePeriodSeconds": "ADD_REPLACE",
      },
    });
  });

  test("sees no change where there is none, and one where a value is not known yet", async () => {
    const olds = await created();
    expect(await plugin.diff(machineUrn, olds, await inputsOf(machine()))).toMatchObject({
      changes: false,
      details: {},
    });
    const news = await inputsOf(machine({}, { volumes: unknownMarker }));
    expect((await plugin.diff(machineUrn, olds, news)).details).toEqual({ "spec.volumes": "UPDATE_REPLACE" });
  });
});

describe("create", () => {
  test("says in a preview what there will be and what is not known yet, and makes nothing", async () => {
    const { id, outputs } = await plugin.create(machineUrn, await inputsOf(machine()), { preview: true });
    expect(id).toBe("");
    expect(outputs).toMatchObject({
      metadata: { name: "web", uid: unknownMarker },
      ipAddress: unknownMarker,
      phase: unknownMarker,
      status: unknownMarker,
    });
    expect(await lab.get("web")).toBeUndefined();
  });

  test("makes the object, says what it waits for as it goes, and keeps what is secret secret", async () => {
    const { id, outputs } = await plugin.create(machineUrn, await inputsOf(machine()));
    expect(id).toBe("default/web");
    expect(outputs).toMatchObject({
      ipAddress: "192.168.122.7",
      phase: "Running",
      spec: { volumes: [{ cloudInitNoCloud: { userData: secret(userData) } }] },
    });
    expect((await lab.get("web"))?.spec.volumes?.[0]?.cloudInitNoCloud?.userData).toBe(userData);
    const waiting = plugin.engine.said.filter(({ urn }) => urn === machineUrn);
    expect(waiting.length).toBeGreaterThan(0);
    expect(waiting.every(({ passing }) => passing)).toBe(true);
    expect(waiting[0]?.text).toContain("VirtualMachine default/web: waiting: ");
    expect(waiting.at(-1)?.text).toBe("");
    expect(JSON.stringify(plugin.engine.said)).not.toContain(canary);
  });

  test("that fails leaves id, outputs and reasons with the engine, still without a secret in the words", async () => {
    const message = `it cannot read ${canary}`;
    player.onNew = () => ({
      phase: "Failed",
      conditions: [{ type: "Ready", status: "False", reason: "X", message }],
    });
    const given = machine({}, { volumes: [{ name: "seed", cloudInitNoCloud: { userData: secret(canary) } }] });
    const error = await refusalOf(plugin.create(machineUrn, await inputsOf(given)));
    const failure = initFailureOf(error);
    expect(failure).toMatchObject({
      id: "default/web",
      properties: { phase: "Failed", spec: { volumes: [{ cloudInitNoCloud: { userData: secret(canary) } }] } },
      reasons: [expect.stringContaining("VirtualMachine default/web did not become ready: it cannot read [secret]")],
    });
    expect(error.message).not.toContain(canary);
  });

  test("waits for as long as the resource's options say", async () => {
    player.onNew = () => undefined;
    const error = await refusalOf(plugin.create(machineUrn, await inputsOf(machine()), { timeout: 1 }));
    expect(initFailureOf(error).reasons[0]).toContain("still waiting after 1 s");
  });

  test("of a name that somebody else has is refused", async () => {
    await lab.create("web");
    const error = await refusalOf(plugin.create(machineUrn, await inputsOf(machine())));
    expect(error.message).toContain("VirtualMachine default/web exists already and was not made by this resource");
    expect(error.metadata.get("grpc-status-details-bin")).toEqual([]);
  });
});

describe("a run that is cancelled", () => {
  test("ends its waits with what it has, changes nothing more, and is gone on with by the next", async () => {
    player.onNew = () => undefined;
    const inputs = await inputsOf(machine());
    const creating = refusalOf(plugin.create(machineUrn, inputs));
    await eventually("it waits", () => plugin.engine.said.find(({ text }) => text.includes("waiting")));
    await plugin.cancel();
    const failure = initFailureOf(await creating);
    expect(failure).toMatchObject({ id: "default/web", reasons: [expect.stringContaining("the run was cancelled")] });
    expect((await refusalOf(plugin.delete(machineUrn, "default/web", failure.properties))).message).toContain(
      'the run was cancelled; run "pulumi up" again to go on',
    );

    const next = await PluginSession.open({ kubeconfig: lab.kubeconfig });
    try {
      const uid = (await lab.get("web"))?.metadata.uid;
      player.onNew = () => ({ phase: "Running", conditions: [{ type: "Ready", status: "True" }] });
      player.lookAgain();
      expect(await next.update(machineUrn, failure.properties, inputs)).toMatchObject({ phase: "Running" });
      expect((await lab.get("web"))?.metadata.uid).toBe(uid);
    } finally {
      await next.close();
    }
  });
});

describe("a stack that renders", () => {
  const folder = () => join(lab.root, "rendered");

  beforeEach(async () => {
    await plugin.configure({ renderTo: folder(), namespace: "team" });
    await lab.stopApi();
  });
  afterEach(() => lab.startApi());

  test("writes a machine to a file, asks no cluster, and says so once", async () => {
    const given = machine({}, { volumes: [{ name: "seed", cloudInitNoCloud: { userData: secret(userData) } }] });
    const inputs = await plugin.check(machineUrn, given);
    await plugin.check(machineUrn, given);
    expect(plugin.engine.said.filter(({ text }) => text.includes("nothing is deployed"))).toHaveLength(1);
    const { id, outputs } = await plugin.create(machineUrn, inputs);
    expect(id).toBe("team/web");
    const file = join(folder(), "machines/virtualmachine_team_web.yaml");
    expect(await readFile(file, "utf8")).not.toContain(canary);
    expect(await plugin.diff(machineUrn, outputs, await plugin.check(machineUrn, given, inputs))).toMatchObject({
      changes: false,
    });
    expect((await plugin.read(machineUrn, id, outputs)).id).toBe(id);
    await plugin.delete(machineUrn, id, outputs);
    expect((await plugin.read(machineUrn, id, outputs)).id).toBe("");
  });

  test("refuses a secret that is no user data", async () => {
    expect(await plugin.faults(machineUrn, machine({ labels: { key: secret("hunter2-hunter2") } }))).toEqual([
      expect.stringMatching(/^metadata\.labels\.key: /),
    ]);
  });
});

describe("a part of a control plane", () => {
  const guardUrn = urnOf("ControlPlane$kubevirt:index:ControlPlaneGuard", "cp-guard");
  const inputs: Properties = { namespace: "kubevirt", keepDefinitions: false, specs: "a" };

  test("is previewed as it is asked for, and compared by what it depends on", async () => {
    expect(await plugin.check(guardUrn, inputs)).toEqual(inputs);
    expect(await plugin.create(guardUrn, inputs, { preview: true })).toEqual({ id: "", outputs: inputs });
    const olds = { ...inputs, definitionUid: "1" };
    expect(await plugin.diff(guardUrn, olds, inputs)).toMatchObject({ changes: false });
    expect(await plugin.diff(guardUrn, olds, { ...inputs, specs: "b" })).toMatchObject({ changes: true });
    expect(await plugin.update(guardUrn, olds, { ...inputs, specs: "b" }, { preview: true })).toEqual({
      ...olds,
      specs: "b",
    });
  });

  test("says what it waits for, until its time is over or the run is cancelled", async () => {
    const failure = initFailureOf(await refusalOf(plugin.create(guardUrn, inputs, { timeout: 2 })));
    expect(failure).toMatchObject({ id: "control-plane", properties: inputs });
    expect(failure.reasons[0]).toMatch(/^the control plane does not run after 2 s:\n/);
    const waiting = refusalOf(plugin.create(guardUrn, inputs));
    plugin.engine.said.length = 0;
    await eventually("it waits", () => plugin.engine.said.find(({ text }) => text.includes("control plane: waiting")));
    await plugin.cancel();
    expect(initFailureOf(await waiting)).toMatchObject({
      id: "control-plane",
      reasons: [expect.stringMatching(/^the control plane does not run yet; the run was cancelled:\n/)],
    });
  });
});

describe("update", () => {
  test("keeps in a preview what cannot change, and does not know what may", async () => {
    const olds = await created();
    const relabelled = await inputsOf(machine({ labels: { size: "small", tier: "front" } }));
    expect(await plugin.update(machineUrn, olds, relabelled, { preview: true })).toMatchObject({
      metadata: { labels: { tier: "front" }, uid: (await lab.get("web"))?.metadata.uid },
      ipAddress: "192.168.122.7",
    });
    expect((await lab.get("web"))?.metadata.labels).not.toHaveProperty("tier");
    const respecified = await inputsOf(machine({}, { terminationGracePeriodSeconds: 5 }));
    expect(await plugin.update(machineUrn, olds, respecified, { preview: true })).toMatchObject({
      ipAddress: unknownMarker,
    });
  });

  test("changes the object", async () => {
    const olds = await created();
    const news = await inputsOf(machine({ labels: { size: "small", tier: "front" } }));
    expect(await plugin.update(machineUrn, olds, news)).toMatchObject({ metadata: { labels: { tier: "front" } } });
    expect((await lab.get("web"))?.metadata.labels).toMatchObject({ tier: "front" });
  });
});

describe("read", () => {
  test("shows in a refresh what somebody changed, as inputs and outputs", async () => {
    const olds = await created(machine({ labels: { size: "small", tier: "front" } }));
    const live = await lab.get("web");
    await lab.client.update(virtualMachines, {
      ...live,
      metadata: { ...live?.metadata, labels: { ...live?.metadata.labels, tier: "back", other: "x" } },
    });
    const { id, inputs, outputs } = await plugin.read(machineUrn, "default/web", olds);
    expect(id).toBe("default/web");
    expect(inputs).toMatchObject({ metadata: { labels: { size: "small", tier: "back" } } });
    expect(inputs.metadata).not.toHaveProperty("uid");
    expect(inputs).toMatchObject({ spec: { volumes: [{ cloudInitNoCloud: { userData: secret(userData) } }] } });
    expect(outputs).toMatchObject({ metadata: { labels: { tier: "back" } }, phase: "Running" });
  });

  test("imports what a person made: the program that says its inputs changes nothing", async () => {
    await lab.create("web", {}, { labels: { app: "web" }, annotations: { note: "by hand" } });
    await lab.phase("web", "Running");
    const { inputs, outputs } = await plugin.read(machineUrn, "default/web");
    expect(inputs).toMatchObject({
      metadata: { name: "web", namespace: "default", labels: { app: "web" }, annotations: { note: "by hand" } },
      spec: { volumes: [{ name: "root" }] },
    });
    expect(await plugin.faults(machineUrn, inputs, inputs)).toEqual([]);
    const checked = await plugin.check(machineUrn, inputs, inputs);
    expect(await plugin.diff(machineUrn, outputs, checked)).toMatchObject({ changes: false });
  });

  test("leaves in the state of an import what a program in TypeScript finds the lifecycle by, for as long as it is one", async () => {
    await lab.create("web");
    const imported = (await plugin.read(machineUrn, "default/web")).outputs;
    expect(imported.__provider).toBe(forwarder("VirtualMachine"));
    expect((await plugin.read(machineUrn, "default/web", imported)).outputs).toEqual(imported);
    const { __provider: _, ...own } = imported;
    expect((await plugin.read(machineUrn, "default/web", own)).outputs).toEqual(own);
  });

  test("answers for an object that is gone without an id", async () => {
    expect((await plugin.read(machineUrn, "default/web", {})).id).toBe("");
  });

  test("of an id that can be none says how they are", async () => {
    const error = await refusalOf(plugin.read(machineUrn, "web"));
    expect(error.code).toBe(status.INVALID_ARGUMENT);
    expect(error.message).toContain('"web" is no id of a VirtualMachine: ids are NAMESPACE/NAME');
  });

  test("from an API that does not answer is an error with a remedy, and never 'gone'", async () => {
    const olds = await created();
    await lab.stopApi();
    const error = await refusalOf(plugin.read(machineUrn, "default/web", olds));
    expect(error.message).toMatch(/cannot be reached: .*virtctl local start/);
    await lab.startApi();
    expect((await plugin.read(machineUrn, "default/web", olds)).id).toBe("default/web");
  });
});

describe("delete", () => {
  test("removes the object, and takes one that is gone, or another of its name, for an answer", async () => {
    const outputs = await created();
    await plugin.delete(machineUrn, "default/web", outputs);
    expect(await lab.get("web")).toBeUndefined();
    await plugin.delete(machineUrn, "default/web", outputs);
    const other = await lab.create("web");
    await plugin.delete(machineUrn, "default/web", outputs);
    expect((await lab.get("web"))?.metadata.uid).toBe(other.metadata.uid);
  });
});

describe("functions", () => {
  test("find machines, without user data, so that nothing else of them becomes a secret", async () => {
    await created();
    await lab.create("db", {}, { labels: { app: "db" } });
    const { found } = await plugin.invoke("getVirtualMachine", { name: "web" });
    expect(found).toMatchObject({
      metadata: { name: "web", namespace: "default" },
      phase: "Running",
      spec: { volumes: [{ name: "seed", cloudInitNoCloud: {} }] },
    });
    expect(JSON.stringify(found)).not.toContain(canary);
    const all = (await plugin.invoke("listVirtualMachines", { namespace: "default" })).found;
    expect(all).toMatchObject({ machines: [{ metadata: { name: "db" } }, { metadata: { name: "web" } }] });
    expect(JSON.stringify(all)).not.toContain(canary);
    const some = (await plugin.invoke("listVirtualMachines", { labelSelector: "app=db" })).found;
    expect(some).toMatchObject({ machines: [{ metadata: { name: "db" } }] });
  });

  test("tell what presets make of a machine, and where they disagree", async () => {
    const named = (name: string, cores: number): Properties => ({ ...preset(cores), metadata: { name } });
    const labels = { size: "small" };
    const asked = { metadata: { labels }, spec: spec() };
    const { found } = await plugin.invoke("mergePresets", { ...asked, presets: [named("two", 2)] });
    expect(found).toMatchObject({
      spec: { domain: { cpu: { cores: 2 } }, volumes: [{ cloudInitNoCloud: { userData: secret(userData) } }] },
      provenance: { "spec.domain.cpu.cores": "two" },
    });
    expect(found.metadata).not.toHaveProperty("name");
    const { failures } = await plugin.invoke("mergePresets", {
      ...asked,
      presets: [named("two", 2), named("three", 3)],
    });
    expect(failures).toEqual([expect.stringMatching(/^spec\.domain\.cpu\.cores: .*(two.*three|three.*two)/)]);
  });

  test("refuse wrong arguments with their path, value and what would be right", async () => {
    expect((await plugin.invoke("getVirtualMachine", { nmae: "web", namespace: 5 })).failures).toEqual([
      "name: must be given",
      "namespace: 5: must be text",
      "nmae: is no argument of this function; it has name, namespace",
    ]);
    expect((await plugin.invoke("getVirtualMachine", { name: "nobody" })).failures).toEqual([
      'name: "nobody": there is no such machine in namespace default; "kubectl get vms --namespace default" shows those that are there',
    ]);
  });
});

describe("what this provider does not have", () => {
  test("is refused with what it has", async () => {
    const urn = "urn:pulumi:dev::shop::kubevirt:index:Nothing::x";
    expect((await refusalOf(plugin.check(urn, {}))).message).toContain(
      '"kubevirt:index:Nothing" is no type of resource',
    );
    const request = new InvokeRequest().setTok("kubevirt:index:nothing");
    const error = await refusalOf(plugin.call((done) => plugin.client.invoke(request, done)));
    expect(error.message).toContain("kubevirt:index:getVirtualMachine");
  });

  test("is not there for the engine, which goes on without it", async () => {
    const request = new GetMappingRequest();
    expect((await refusalOf(plugin.call((done) => plugin.client.getMapping(request, done)))).code).toBe(
      status.UNIMPLEMENTED,
    );
  });
});

test("the engine learns what the provider can do, its version, and its schema", async () => {
  const request = new ProviderHandshakeRequest().setEngineAddress(plugin.engine.address);
  const shaken = await plugin.call<ProviderHandshakeResponse>((done) => plugin.client.handshake(request, done));
  expect(shaken.toObject()).toMatchObject({
    acceptSecrets: true,
    acceptResources: false,
    acceptOutputs: false,
    supportsAutonamingConfiguration: true,
  });
  const info = await plugin.call<PluginInfo>((done) => plugin.client.getPluginInfo(new Empty(), done));
  expect(info.getVersion()).toBe("1.2.3");
  const schema = await plugin.call<GetSchemaResponse>((done) => plugin.client.getSchema(new GetSchemaRequest(), done));
  expect(JSON.parse(schema.getSchema())).toEqual({ name: "kubevirt" });
});

test("an engine that has ended without a word is noticed", async () => {
  // Something is said, so that there is a line to the engine.
  await created();
  plugin.engine.stop();
  await eventually("the engine is missed", () => (plugin.engineMissed ? true : undefined), 15_000);
});
