/** Pulumi's verbs for what makes machines, against the real API server, controller and agent. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { InitializationError } from "../../../provider/lifecycle/errors";
import { type Fields, urnAnnotation } from "../../../provider/lifecycle/inputs";
import { create, type Lifecycle, remove, update } from "../../../provider/lifecycle/reconcile";
import { buildOfflineVirtualMachine, buildReplicaSet, buildTemplate } from "../../builders/owners";
import { buildVirtualMachine } from "../../builders/virtual-machine";
import { FakeHypervisor } from "../../fakes/hypervisor";
import { eventually, Lab } from "../engine/support/lab";

let lab: Lab;
let said: string[];

beforeEach(async () => {
  lab = await Lab.open({ hypervisor: new FakeHypervisor({ onPowerButton: "powerOff" }) });
  await lab.startController();
  await lab.startAgent();
  said = [];
});
afterEach(() => lab.close());

const lifecycle = (kind: string): Lifecycle => ({ kind, client: lab.client, say: (line) => void said.push(line) });
const metadata = { name: "web", namespace: "default", annotations: { [urnAnnotation]: "urn:web" } };

describe("an OfflineVirtualMachine", () => {
  const kind = "OfflineVirtualMachine";
  const inputs = (spec: Parameters<typeof buildOfflineVirtualMachine>[0] = {}): Fields => ({
    metadata,
    spec: buildOfflineVirtualMachine(spec).spec,
  });

  test("is created when its machine runs, and its outputs have the machine's address", async () => {
    const { id, outs } = await create(lifecycle(kind), inputs());
    expect(id).toBe("default/web");
    expect(outs).toMatchObject({ created: true, ready: true, nodeName: "fake-node" });
    expect(outs.ipAddress).toMatch(/^192\.168\.122\./);
  });

  test("is a success at once when it is halted, and halts and starts by an update", async () => {
    const { outs } = await create(lifecycle(kind), inputs({ runStrategy: "Halted" }));
    expect(outs).toMatchObject({ created: false, ready: false, ipAddress: "" });
    const started = await update(lifecycle(kind), outs, inputs());
    expect(started.outs).toMatchObject({ created: true, ready: true });
    const halted = await update(lifecycle(kind), started.outs, inputs({ runStrategy: "Halted" }));
    expect(halted.outs).toMatchObject({ created: false, ready: false, ipAddress: "" });
    expect(await lab.get("web")).toBeUndefined();
  });

  test("keeps its guest running when its template changes", async () => {
    const { outs } = await create(lifecycle(kind), inputs());
    const before = (await lab.get("web"))?.metadata.uid;
    const template = buildTemplate({ spec: buildVirtualMachine({ domain: { cpu: { cores: 2 } } }).spec });
    await update(lifecycle(kind), outs, inputs({ template }));
    expect((await lab.get("web"))?.metadata.uid).toBe(before);
    await lab.delete("web");
    const next = await eventually("it is started again", async () => {
      const vm = await lab.get("web");
      return vm !== undefined && vm.metadata.uid !== before ? vm : undefined;
    });
    expect(next.spec.domain.cpu).toEqual({ cores: 2 });
  });

  test("is removed together with its machine", async () => {
    const { id, outs } = await create(lifecycle(kind), inputs());
    const { uid } = (await lab.get("web"))?.metadata ?? {};
    await remove(lifecycle(kind), id, { uid: String((outs.metadata as Fields).uid), claim: undefined });
    expect(await lab.get("web")).toBeUndefined();
    expect(await lab.traces(uid)).toEqual([]);
  });

  test("says why its machine does not come, and keeps its outputs", async () => {
    const nowhere = { ...buildTemplate().spec, nodeSelector: { zone: "nowhere" } };
    const timeout = { ...metadata.annotations, "pulumi.com/timeoutSeconds": "4" };
    const asked = {
      ...inputs({ template: buildTemplate({ spec: nowhere }) }),
      metadata: { ...metadata, annotations: timeout },
    };
    const error = await create(lifecycle(kind), asked).catch((refusal: unknown) => refusal);
    expect(error).toBeInstanceOf(InitializationError);
    const { message, properties } = error as InitializationError;
    expect(message).toContain("zone=nowhere");
    expect(message).toContain("machine: made, not running");
    expect(message).toContain("kubectl describe ovm web --namespace default");
    expect(properties).toMatchObject({ created: true, ready: false });
  });
});

describe("a claim that is not there", () => {
  const volumes = [{ name: "root", persistentVolumeClaim: { claimName: "absent" } }];
  const disks = [{ name: "root", volumeName: "root" }];
  const template = buildTemplate({
    spec: buildVirtualMachine({ domain: { devices: { disks } }, spec: { volumes } }).spec,
  });

  test.each([
    ["OfflineVirtualMachine", buildOfflineVirtualMachine({ template }).spec],
    ["VirtualMachineReplicaSet", buildReplicaSet({ replicas: 1, template }).spec],
  ])("is told within seconds by %s, and is mended by an import", async (kind, spec) => {
    const error = await create(lifecycle(kind), { metadata, spec }).catch((refusal: unknown) => refusal);
    expect(error).toBeInstanceOf(InitializationError);
    expect((error as InitializationError).message).toMatch(/VirtualMachine web\w*: .*absent/);
    await lab.importClaim("absent");
    const { outs } = await update(lifecycle(kind), (error as InitializationError).properties, { metadata, spec });
    expect(outs).toMatchObject({ ready: true });
  });
});

describe("a VirtualMachineReplicaSet", () => {
  const kind = "VirtualMachineReplicaSet";
  const inputs = (replicas: number): Fields => ({ metadata, spec: buildReplicaSet({ replicas }).spec });

  test("is created, scaled and removed with its machines", async () => {
    const { id, outs } = await create(lifecycle(kind), inputs(2));
    expect(outs).toMatchObject({ replicas: 2, readyReplicas: 2, ready: true });
    const more = await update(lifecycle(kind), outs, inputs(4));
    expect(more.outs).toMatchObject({ replicas: 4, readyReplicas: 4, ready: true });
    const none = await update(lifecycle(kind), more.outs, inputs(0));
    expect(none.outs).toMatchObject({ replicas: 0, ready: true });
    await remove(lifecycle(kind), id, { uid: String((outs.metadata as Fields).uid), claim: undefined });
  });
});
