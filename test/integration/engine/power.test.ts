/** The power switch of virtctl, on the real API server, controller and agent. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { OfflineVirtualMachine } from "../../../provider/api/v1alpha1/offline-virtual-machine";
import { switchPower } from "../../../provider/cmd/virtctl/power";
import { offlineVirtualMachines } from "../../../provider/core/resources";
import { buildOfflineVirtualMachine } from "../../builders/owners";
import { FakeHypervisor } from "../../fakes/hypervisor";
import { Lab } from "./support/lab";

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
