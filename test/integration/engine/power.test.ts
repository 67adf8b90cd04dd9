/** The power switch, the restart and the pause of virtctl, on the real API server, controller and agent. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { OfflineVirtualMachine } from "../../../provider/api/v1alpha1/offline-virtual-machine";
import { pause } from "../../../provider/cmd/virtctl/pause";
import { switchPower } from "../../../provider/cmd/virtctl/power";
import { restart } from "../../../provider/cmd/virtctl/restart";
import { pauseAnnotation } from "../../../provider/core/plan/pause";
import { offlineVirtualMachines } from "../../../provider/core/resources";
import { buildOfflineVirtualMachine } from "../../builders/owners";
import { FakeHypervisor } from "../../fakes/hypervisor";
import { eventually, Lab } from "./support/lab";

let lab: Lab;
const web = { namespace: "default", name: "web" };

beforeEach(async () => {
  lab = await Lab.open({ hypervisor: new FakeHypervisor({ onPowerButton: "powerOff" }) });
  await lab.startController();
  await lab.startAgent();
});
afterEach(() => lab.close());

const specOf = async () => (await lab.client.get<OfflineVirtualMachine>(offlineVirtualMachines, web)).spec;

test("starts and stops a machine, and says so", async () => {
  await lab.client.create(offlineVirtualMachines, buildOfflineVirtualMachine({ runStrategy: "Halted" }));
  expect(await switchPower(lab.client, web, "Always")).toBe("OfflineVirtualMachine default/web is being started");
  await lab.phase("web", "Running");
  expect(await switchPower(lab.client, web, "Halted")).toBe("OfflineVirtualMachine default/web is being stopped");
  await lab.gone("web");
  expect(await specOf()).toMatchObject({ runStrategy: "Halted" });
});

test("keeps the spelling that the object uses", async () => {
  await lab.client.create(offlineVirtualMachines, buildOfflineVirtualMachine({ running: false }));
  await switchPower(lab.client, web, "Always");
  const spec = await specOf();
  expect(spec.running).toBe(true);
  expect(spec.runStrategy).toBeUndefined();
  await lab.phase("web", "Running");
});

test("refuses to press the switch for nothing, and to switch what is not there", async () => {
  await expect(switchPower(lab.client, web, "Always")).rejects.toThrow(
    /there is no OfflineVirtualMachine default\/web/,
  );
  await lab.client.create(offlineVirtualMachines, buildOfflineVirtualMachine());
  await expect(switchPower(lab.client, web, "Always")).rejects.toThrow(/web is already running/);
  await switchPower(lab.client, web, "Halted");
  await expect(switchPower(lab.client, web, "Halted")).rejects.toThrow(/web is already stopped/);
});

const wait = { wait: { timeoutSeconds: 20, onProgress: () => undefined } };

test("restarts a machine: its guest is asked to end, and another machine takes its place", async () => {
  await lab.client.create(offlineVirtualMachines, buildOfflineVirtualMachine());
  const first = await lab.phase("web", "Running");
  expect(await restart(lab.client, web, wait)).toBe("OfflineVirtualMachine default/web has been restarted");
  const second = await lab.phase("web", "Running");
  expect(second.metadata.uid).not.toBe(first.metadata.uid);
  const verbs = lab.hypervisor.calls.map(({ verb }) => verb);
  expect(verbs).toContain("shutdown");
  expect(verbs).not.toContain("destroy");
  expect(await specOf()).toMatchObject({ runStrategy: "Always" });
});

test("restarts a machine that stands still", async () => {
  await lab.client.create(offlineVirtualMachines, buildOfflineVirtualMachine());
  await lab.phase("web", "Running");
  await pause(lab.client, web, "pause", { timeoutSeconds: 10 });
  await restart(lab.client, web, wait);
  expect((await lab.phase("web", "Running")).metadata.annotations).not.toHaveProperty(pauseAnnotation);
});

test("restarts a machine whose guest does not listen, when it is told to hurry", async () => {
  await lab.close();
  lab = await Lab.open();
  await lab.startController();
  await lab.startAgent();
  await lab.client.create(offlineVirtualMachines, buildOfflineVirtualMachine());
  const first = await lab.phase("web", "Running");
  expect(await restart(lab.client, web, {})).toBe("OfflineVirtualMachine default/web is being restarted");
  await restart(lab.client, web, { gracePeriod: 0, ...wait });
  expect((await lab.phase("web", "Running")).metadata.uid).not.toBe(first.metadata.uid);
});

test("restarts nothing that is stopped, absent, or not there yet", async () => {
  await expect(restart(lab.client, web, {})).rejects.toThrow(/there is no OfflineVirtualMachine default\/web/);
  await lab.client.create(offlineVirtualMachines, buildOfflineVirtualMachine({ runStrategy: "Halted" }));
  await expect(restart(lab.client, web, {})).rejects.toThrow(/is stopped.*virtctl start web --namespace default/);
});

test("pauses a machine and lets it go on, and says when there is nothing to do", async () => {
  const ten = { timeoutSeconds: 10 };
  await expect(pause(lab.client, web, "pause", ten)).rejects.toThrow(/there is no VirtualMachine default\/web/);
  await lab.client.create(offlineVirtualMachines, buildOfflineVirtualMachine());
  await lab.phase("web", "Running");
  expect(await pause(lab.client, web, "pause", ten)).toBe("VirtualMachine default/web is paused");
  await expect(pause(lab.client, web, "pause", ten)).rejects.toThrow(/is already paused/);
  await expect(switchPower(lab.client, web, "Always")).rejects.toThrow(/already running/);
  const owner = () => lab.client.get<OfflineVirtualMachine>(offlineVirtualMachines, web);
  await eventually("its owner is not ready", async () => ((await owner()).status?.ready === false ? true : undefined));
  expect(await pause(lab.client, web, "unpause", ten)).toBe("VirtualMachine default/web is unpaused");
  await expect(pause(lab.client, web, "unpause", ten)).rejects.toThrow(/is not paused/);
  await eventually("its owner is ready", async () => ((await owner()).status?.ready === true ? true : undefined));
});
