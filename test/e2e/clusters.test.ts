/** One program with machines on two engines: each goes where its connection says, in every verb, and nobody reads how. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Canaries, canary } from "./support/canaries.ts";
import { LocalEngine } from "./support/local-engine.ts";
import { PulumiProject, removeTemplate } from "./support/pulumi-project.ts";

const token = canary("token");
const canaries = new Canaries({ token });

let home: LocalEngine;
let away: LocalEngine;
let project: PulumiProject;
/** Of the other engine, as text, with the token of somebody who is never asked. */
let kubeconfig: string;

beforeAll(async () => {
  [home, away] = [await LocalEngine.create(), await LocalEngine.create()];
  for (const engine of [home, away]) await engine.start();
  project = await PulumiProject.create(home);
  const text = await readFile(away.env.KUBECONFIG ?? "", "utf8");
  kubeconfig = text.replace(/^users:\n/m, `users:\n  - name: nobody\n    user: { token: ${token} }\n`);
  expect(canaries.in(kubeconfig)).toEqual(["token"]);
});

afterAll(async () => {
  await project?.remove();
  for (const engine of [home, away]) await engine?.remove();
  await removeTemplate();
});

const program = (tier: string) => `
import * as kubevirt from "pulumi-kubevirt";
const connection = { kubeconfig: ${JSON.stringify(kubeconfig)}, namespace: ${JSON.stringify(away.namespace)} };
const args = (name: string) => ({
  metadata: { name, labels: { tier: ${JSON.stringify(tier)} } },
  spec: { runStrategy: "Halted" as const, template: { spec: { domain: { resources: { requests: { memory: "64Mi" } } } } } },
});
new kubevirt.OfflineVirtualMachine("near", args("near"));
new kubevirt.OfflineVirtualMachine("far", { ...args("far"), connection });
`;
const namesOn = async (engine: LocalEngine) =>
  (await engine.kubectl("get", "ovms", "--output", "jsonpath={.items[*].metadata.name}")).split(" ").filter(Boolean);
const succeeds = async (...args: string[]) => {
  const { code, output } = await project.run(...args);
  expect(code, output).toBe(0);
  expect(canaries.in(output)).toEqual([]);
};

test("machines are made, changed, refreshed and removed on their own clusters", async () => {
  await project.write(program("one"));
  await succeeds("up", "--yes", "--diff");
  expect([await namesOn(home), await namesOn(away)]).toEqual([["near"], ["far"]]);

  await succeeds("refresh", "--yes", "--diff");
  await succeeds("preview", "--expect-no-changes", "--diff");

  await project.write(program("two"));
  await succeeds("up", "--yes", "--skip-preview", "--diff");
  for (const [engine, name] of [
    [home, "near"],
    [away, "far"],
  ] as const) {
    expect(await engine.kubectl("get", "ovm", name, "--output", "jsonpath={.metadata.labels.tier}")).toBe("two");
  }
  expect(await canaries.inFiles(join(project.folder, "state"))).toEqual([]);

  await succeeds("destroy", "--yes", "--diff");
  expect([await namesOn(home), await namesOn(away)]).toEqual([[], []]);
  expect(await canaries.inFiles(join(project.folder, "state"))).toEqual([]);
});
