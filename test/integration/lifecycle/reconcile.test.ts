/** Pulumi's verbs against the real API server; controller and agent are played. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { VirtualMachine, VirtualMachineStatus } from "../../../provider/api/v1alpha1/virtual-machine";
import { resourceOf, virtualMachines } from "../../../provider/core/resources";
import { AlreadyExistsError, InitializationError, RemovalTimeoutError } from "../../../provider/lifecycle/errors";
import { adoptAnnotation } from "../../../provider/lifecycle/existing";
import { explainApiError } from "../../../provider/lifecycle/explain-api-error";
import { type Fields, urnAnnotation } from "../../../provider/lifecycle/inputs";
import { create, find, type Lifecycle, remove, update } from "../../../provider/lifecycle/reconcile";
import { Verbs } from "../../../provider/lifecycle/verbs";
import { eventually, Lab } from "../engine/support/lab";
import { Player, running } from "./support/player";

const urn = "urn:pulumi:dev::shop::pulumi-nodejs:dynamic/kubevirt:VirtualMachine::web";

let lab: Lab;
let player: Player;
let said: string[];
let lifecycle: Lifecycle;

beforeEach(async () => {
  lab = await Lab.open();
  player = new Player(lab.client);
  await player.start();
  said = [];
  lifecycle = { kind: "VirtualMachine", client: lab.client, say: (line) => void said.push(line) };
});
afterEach(async () => {
  await player.stop();
  await lab.close();
});

const inputs = (changes: { annotations?: object; labels?: object; memory?: string; kind?: string } = {}): Fields => ({
  metadata: {
    name: "web",
    namespace: "default",
    labels: changes.labels ?? { app: "web" },
    annotations: { [urnAnnotation]: urn, ...changes.annotations },
  },
  spec: { domain: { resources: { requests: { memory: changes.memory ?? "64Mi" } } } },
  __provider: "the forwarder",
});
const failed = (message: string): VirtualMachineStatus => ({
  phase: "Failed",
  conditions: [{ type: "Ready", status: "False", reason: "X", message }],
});
const refusalOf = async (call: Promise<unknown>): Promise<unknown> => {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error("it was not refused");
};
const live = async () => {
  const vm = await lab.get("web");
  if (vm === undefined) throw new Error("there is no machine");
  return vm;
};

describe("create", () => {
  test("makes the object, says what it waits for, and returns when it runs", async () => {
    const { id, outs } = await create(lifecycle, inputs());
    expect(id).toBe("default/web");
    expect(outs).toMatchObject({
      ipAddress: "192.168.122.7",
      nodeName: "node-1",
      phase: "Running",
      ready: true,
      metadata: { name: "web", labels: { app: "web" }, uid: (await live()).metadata.uid },
    });
    expect(said.every((line) => line.startsWith("VirtualMachine default/web: waiting: "))).toBe(true);
  });

  test("returns at once when it is told not to wait", async () => {
    player.onNew = () => undefined;
    const { outs } = await create(lifecycle, inputs({ annotations: { "pulumi.com/skipAwait": "true" } }));
    expect(outs).toMatchObject({ phase: "", ready: false });
  });

  test("takes up the object of an interrupted run, with the labels asked for now, and makes no second", async () => {
    await create(lifecycle, inputs());
    const first = await live();
    const { outs } = await create(lifecycle, inputs({ labels: { app: "shop" } }));
    const second = await live();
    expect(second.metadata.uid).toBe(first.metadata.uid);
    expect(second.metadata.labels).toEqual({ app: "shop" });
    expect(outs).toMatchObject({ ready: true });
    expect(said.join()).toContain("taking up the object that an interrupted run made");
  });

  test("removes the object of an interrupted run that has ended or has another spec, and makes a new one", async () => {
    player.onNew = () => failed("no");
    await refusalOf(create(lifecycle, inputs()));
    const ended = await live();
    player.onNew = () => running;
    await create(lifecycle, inputs());
    const again = await live();
    expect(again.metadata.uid).not.toBe(ended.metadata.uid);
    await create(lifecycle, inputs({ memory: "128Mi" }));
    expect((await live()).metadata.uid).not.toBe(again.metadata.uid);
  });

  test("refuses an object of the name that another made, and leaves it alone", async () => {
    await lab.create("web");
    const before = await eventually("it runs", async () => {
      const vm = await lab.get("web");
      return vm?.status?.phase === "Running" ? vm : undefined;
    });
    for (const made of [inputs(), inputs({ annotations: { [urnAnnotation]: `${urn}-of-another` } })]) {
      const error = await refusalOf(create(lifecycle, made));
      expect(error).toBeInstanceOf(AlreadyExistsError);
      expect(error).toHaveProperty("message", expect.stringContaining("VirtualMachine default/web exists already"));
    }
    expect((await live()).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  test("leaves what it takes up to itself: who had the object before removes nothing any more", async () => {
    const before = await create(lifecycle, inputs());
    const uid = (await live()).metadata.uid;
    expect(before.outs).not.toHaveProperty("claim");
    const { outs } = await create({ ...lifecycle, newClaim: () => "the-new-side" }, inputs());
    expect(outs).toMatchObject({ metadata: { uid }, claim: "the-new-side" });
    const run = { say: lifecycle.say };
    const verbs = new Verbs("VirtualMachine", async () => lab.client);
    await verbs.delete("default/web", before.outs, run);
    expect((await live()).metadata).toMatchObject({ uid, annotations: { "kubevirt.io/pulumi-claim": "the-new-side" } });
    expect(said.join()).toContain("another resource has taken it over");
    expect(await verbs.read("default/web", before.outs)).toMatchObject({ claim: "the-new-side" });
    await verbs.update(outs, inputs({ labels: { app: "shop" } }), run);
    await verbs.delete("default/web", outs, run);
    expect(await lab.get("web")).toBe(undefined);
  });

  test("takes over an object that another made when it is told to, as it is, without a restart", async () => {
    await lab.create("web", { domain: { resources: { requests: { memory: "64Mi" } } } }, { labels: { by: "hand" } });
    const { uid } = (await live()).metadata;
    const { outs } = await create(lifecycle, inputs({ annotations: { [adoptAnnotation]: "true" } }));
    expect(outs).toMatchObject({ ready: true, metadata: { uid } });
    expect((await live()).metadata).toMatchObject({
      uid,
      labels: { by: "hand", app: "web" },
      annotations: { [urnAnnotation]: urn },
    });
    expect(said.join()).toContain("taking over the object that is there");
  });

  test("keeps id, outputs and reasons when the machine does not become ready", async () => {
    player.onNew = () => failed("presets disagree");
    const error = await refusalOf(create(lifecycle, inputs()));
    expect(error).toBeInstanceOf(InitializationError);
    expect(error).toMatchObject({
      id: "default/web",
      properties: {
        phase: "Failed",
        ready: false,
        metadata: { uid: (await live()).metadata.uid },
        __provider: "the forwarder",
      },
      reasons: [expect.stringContaining("VirtualMachine default/web did not become ready: presets disagree")],
    });
    expect(error).toHaveProperty(
      "message",
      expect.stringContaining("next: kubectl describe vm web --namespace default"),
    );
  });

  test("gives up when its time is over, with what it waited for", async () => {
    player.onNew = () => ({ phase: "Pending", conditions: [{ type: "Ready", status: "False", message: "no node" }] });
    const error = await refusalOf(create(lifecycle, inputs({ annotations: { "pulumi.com/timeoutSeconds": "0.3" } })));
    expect(error).toBeInstanceOf(InitializationError);
    expect(error).toHaveProperty("message", expect.stringContaining("still waiting after 0.3 s: no node"));
  });

  test("lasts through an API that goes and comes back while it waits", async () => {
    player.onNew = () => undefined;
    const creating = create(lifecycle, inputs());
    await eventually("the wait", () => (said.length > 0 ? true : undefined));
    await lab.stopApi();
    await eventually("the fault is said", () =>
      said.some((line) => line.includes("cannot be reached")) ? true : undefined,
    );
    await lab.startApi();
    player.onNew = () => running;
    const looking = eventually("it runs", async () => {
      player.lookAgain();
      return (await lab.get("web"))?.status?.phase === "Running" ? true : undefined;
    });
    expect((await creating).outs).toMatchObject({ ready: true });
    await looking;
  });

  test("shows every cause of an object that the API refuses", async () => {
    const wrong = {
      ...inputs(),
      spec: { domain: { cpu: { cores: 0 }, devices: { disks: [{ name: "a", volumeName: "b" }] } } },
    };
    const error = explainApiError(await refusalOf(create(lifecycle, wrong)), lab.client.connection);
    const lines = error instanceof Error ? error.message.split("\n") : [];
    expect(lines.some((line) => line.startsWith("  spec.domain.cpu.cores: "))).toBe(true);
    expect(lines.some((line) => line.startsWith("  spec.domain.devices.disks[0].volumeName: "))).toBe(true);
  });
});

describe("update", () => {
  test("writes labels and annotations in place, and keeps those that others set", async () => {
    const { outs } = await create(lifecycle, inputs({ labels: { app: "web", old: "1" } }));
    const before = await live();
    await lab.client.update(virtualMachines, {
      ...before,
      metadata: { ...before.metadata, labels: { ...before.metadata.labels, theirs: "x" } },
    });
    await update(lifecycle, outs, inputs({ labels: { app: "shop" } }));
    const after = await live();
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.metadata.labels).toEqual({ app: "shop", theirs: "x" });
  });

  test("writes nothing when nothing changes", async () => {
    const { outs } = await create(lifecycle, inputs());
    const before = await live();
    await update(lifecycle, outs, inputs());
    expect((await live()).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  test("makes a machine again that ended before it was ready", async () => {
    player.onNew = () => failed("no image");
    const error = await refusalOf(create(lifecycle, inputs()));
    const { properties } = error as InitializationError;
    const before = await live();
    player.onNew = () => running;
    const { outs } = await update(lifecycle, properties, inputs());
    expect(outs).toMatchObject({ ready: true });
    expect((await live()).metadata.uid).not.toBe(before.metadata.uid);
  });

  test("never makes a machine again that has run, however many updates and refreshes follow its end", async () => {
    let { outs } = await create(lifecycle, inputs());
    const before = await live();
    await lab.client.update(virtualMachines, { ...before, status: failed("crashed") }, { subresource: "status" });
    for (const app of ["two", "three", "four"]) {
      ({ outs } = await update(lifecycle, outs, inputs({ labels: { app } })));
      expect(outs).toMatchObject({ phase: "Failed", ready: false });
    }
    expect((await live()).metadata.uid).toBe(before.metadata.uid);
  });

  test("makes a machine that somebody removed", async () => {
    const { outs } = await create(lifecycle, inputs());
    await lab.delete("web");
    await lab.gone("web");
    expect((await update(lifecycle, outs, inputs({ labels: { app: "new" } }))).outs).toMatchObject({ ready: true });
  });

  test("changes a preset's spec in place", async () => {
    const presets: Lifecycle = { ...lifecycle, kind: "VirtualMachinePreset" };
    const preset = (cores: number): Fields => ({ ...inputs(), spec: { domain: { cpu: { cores } } } });
    const { outs } = await create(presets, preset(1));
    const before = await find(lab.client, resourceOf("VirtualMachinePreset"), "default/web");
    await update(presets, outs, preset(2));
    const after = await find(lab.client, resourceOf("VirtualMachinePreset"), "default/web");
    expect(after?.metadata.uid).toBe(before?.metadata.uid);
    expect(after?.spec).toEqual({ domain: { cpu: { cores: 2 } } });
  });

  test("gives way to other writers and ends with both writes", async () => {
    const { outs } = await create(lifecycle, inputs());
    const other = async () => {
      for (let round = 0; round < 20; round += 1) {
        const patch = { metadata: { annotations: { round: String(round) } } };
        await lab.client.mergePatch(virtualMachines, { namespace: "default", name: "web" }, patch);
      }
    };
    const steps = async () => {
      let olds = outs;
      for (let round = 0; round < 10; round += 1) {
        ({ outs: olds } = await update(lifecycle, olds, inputs({ labels: { round: String(round) } })));
      }
    };
    await Promise.all([other(), steps()]);
    const { metadata } = await live();
    expect(metadata.labels).toEqual({ round: "9" });
    expect(metadata.annotations?.round).toBe("19");
  });
});

describe("remove", () => {
  test("waits for the finalizers and says what for", async () => {
    await create(lifecycle, inputs());
    player.lettingGo = false;
    let gone = false;
    const removing = remove(lifecycle, "default/web", { uid: undefined, claim: undefined }).then(() => {
      gone = true;
    });
    await eventually("the wait", () =>
      said.some((line) => line.includes("the guest has not stopped yet")) ? true : undefined,
    );
    expect(gone).toBe(false);
    player.lettingGo = true;
    player.lookAgain();
    await removing;
    expect(await lab.get("web")).toBeUndefined();
  });

  test("leaves an object of the name with another uid alone", async () => {
    await create(lifecycle, inputs());
    await remove(lifecycle, "default/web", { uid: "00000000-0000-4000-8000-000000000000", claim: undefined });
    expect((await live()).metadata.deletionTimestamp).toBeUndefined();
  });

  test("takes an object that is gone for an answer", async () => {
    await remove(lifecycle, "default/nothing", { uid: undefined, claim: undefined });
    expect(said).toEqual([]);
  });

  test("is done when the object went and another of its name came", async () => {
    await create(lifecycle, inputs());
    const { metadata } = await live();
    player.lettingGo = false;
    const removing = remove(lifecycle, "default/web", { uid: metadata.uid, claim: undefined });
    await eventually("the deletion", async () =>
      (await lab.get("web"))?.metadata.deletionTimestamp ? true : undefined,
    );
    await lab.client.update<VirtualMachine>(virtualMachines, {
      ...(await live()),
      metadata: { ...(await live()).metadata, finalizers: [] },
    });
    await lab.create("web");
    await removing;
    expect((await live()).metadata.uid).not.toBe(metadata.uid);
  });

  test("gives up when its time is over, naming what holds the object", async () => {
    player.lettingGo = false;
    await create(lifecycle, inputs({ annotations: { "pulumi.com/timeoutSeconds": "0.3" } }));
    const error = await refusalOf(remove(lifecycle, "default/web", { uid: undefined, claim: undefined }));
    expect(error).toBeInstanceOf(RemovalTimeoutError);
    expect(error).toHaveProperty("message", expect.stringMatching(/was not removed: .*finalizers: foregroundDelete/));
  });
});

describe("an API that does not answer", () => {
  test("is an error of every verb, never an object that is gone", async () => {
    const { outs } = await create(lifecycle, inputs());
    await lab.stopApi();
    const resource = resourceOf("VirtualMachine");
    for (const call of [
      () => find(lab.client, resource, "default/web"),
      () => create(lifecycle, inputs()),
      () => update(lifecycle, outs, inputs()),
      () => remove(lifecycle, "default/web", { uid: undefined, claim: undefined }),
    ]) {
      const error = explainApiError(await refusalOf(call()), lab.client.connection);
      expect(error).toHaveProperty(
        "message",
        expect.stringContaining('start the local engine with "virtctl local start"'),
      );
    }
    await lab.startApi();
    expect((await live()).status?.phase).toBe("Running");
  });
});
