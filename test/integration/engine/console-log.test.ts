/** How long what a guest has printed is kept: as long as its machine's object, and no longer. */
import { appendFile, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeHypervisor } from "../../fakes/hypervisor";
import { eventually, Lab } from "./support/lab";

let lab: Lab;
const logs = () => readdir(join(lab.root, "volumes", "logs")).catch((): string[] => []);
const logOf = (uid = "") => join(lab.root, "volumes", "logs", uid, "console.log");
const noLogs = () => eventually("no log is left", async () => ((await logs()).length === 0 ? true : undefined));

beforeEach(async () => {
  lab = await Lab.open({ hypervisor: new FakeHypervisor({ onPowerButton: "powerOff" }) });
  await lab.startController();
});
afterEach(() => lab.close());

test("a machine has its log from its start, in its domain's document", async () => {
  await lab.startAgent();
  await lab.create("web");
  const { metadata } = await lab.phase("web", "Running");
  const domain = await lab.hypervisor.lookupByUuid(metadata.uid ?? "");
  if (domain === undefined) throw new Error("the machine has no domain");
  expect(await lab.hypervisor.domainXml(domain)).toContain(`<log file="${logOf(metadata.uid)}"`);
  expect(await readFile(logOf(metadata.uid), "utf8")).toBe("");
});

test("a log outlives the guest, and goes with the machine's object", async () => {
  await lab.startAgent();
  await lab.create("web");
  const { metadata } = await lab.phase("web", "Running");
  await appendFile(logOf(metadata.uid), "why I crashed\n");
  lab.hypervisor.endGuest(metadata.uid ?? "", "crashed");
  await lab.phase("web", "Failed");
  await lab.noTraces(metadata.uid);
  expect(await readFile(logOf(metadata.uid), "utf8")).toBe("why I crashed\n");
  await lab.delete("web");
  await lab.gone("web");
  await noLogs();
});

test("logs of machines that were deleted while the agent was away go when it comes back", async () => {
  const agent = await lab.startAgent();
  await lab.create("web");
  const { metadata } = await lab.phase("web", "Running");
  lab.hypervisor.endGuest(metadata.uid ?? "", "crashed");
  await lab.phase("web", "Failed");
  await lab.noTraces(metadata.uid);
  await lab.stop(agent);
  await lab.delete("web");
  await lab.gone("web");
  expect(await logs()).toEqual([metadata.uid]);
  await lab.startAgent();
  await noLogs();
});

test("another machine of the same name has another log", async () => {
  await lab.startAgent();
  await lab.create("web");
  const first = await lab.phase("web", "Running");
  await appendFile(logOf(first.metadata.uid), "of the first\n");
  await lab.delete("web");
  await lab.gone("web");
  await lab.create("web");
  const second = await lab.phase("web", "Running");
  await eventually("only the second log is there", async () => {
    const [only, ...others] = await logs();
    return only === second.metadata.uid && others.length === 0 ? only : undefined;
  });
});
