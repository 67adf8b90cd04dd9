/**
 * States that each release left behind, under the programs that made them: what is installed now sees nothing to do, and
 * above all nothing to replace. The states are recorded by the release itself, when it is made:
 *
 *   make test only="--project e2e test/e2e/recorded-states.test.ts" RECORD=yes
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Form, forms } from "./lifecycle/form.ts";
import { localPlace } from "./lifecycle/local-place.ts";
import { Stack } from "./lifecycle/stack.ts";
import { LocalEngine, projectRoot } from "./support/local-engine.ts";
import { removeTemplate } from "./support/pulumi-project.ts";

const folder = join(projectRoot, "test/e2e/fixtures/states");
/** Where the machines of recorded states were. No preview looks for them. */
const namespace = "recorded";
const version: string = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")).version;

afterAll(removeTemplate);

const folderOf = (release: string, form: Form) => join(folder, release, form.project);

/** All kinds, with what the provider adds to them: names, presets, secrets. Nothing runs: it fits on no node. */
function programOf(stack: Stack) {
  const nowhere = { nodeSelector: { nowhere: "here" } };
  const skip = { "pulumi.com/skipAwait": "true" };
  const seeded = {
    ...nowhere,
    domain: {
      devices: {
        disks: [
          { name: "root", volumeName: "root", disk: { bus: "virtio" } },
          { name: "seed", volumeName: "seed", cdrom: { bus: "sata" } },
        ],
      },
    },
    volumes: [stack.place.root, { name: "seed", cloudInitNoCloud: { userData: "#!/bin/sh\necho a secret\n" } }],
  };
  const template = (app: string) => ({ metadata: { labels: { app, size: "small" } }, spec: seeded });
  const after = { dependsOn: ["small"] };
  return {
    small: {
      kind: "VirtualMachinePreset",
      spec: {
        selector: { matchLabels: { size: "small" } },
        domain: { cpu: { cores: 2 }, resources: { requests: { memory: "128Mi" } } },
      },
    },
    web: {
      kind: "VirtualMachine",
      metadata: { labels: { size: "small" }, annotations: skip },
      spec: seeded,
      options: after,
    },
    ...stack.machine("named", { labels: { tier: "front" }, annotations: skip, spec: nowhere }),
    db: {
      kind: "OfflineVirtualMachine",
      metadata: { annotations: skip },
      spec: { running: true, template: template("db") },
      options: after,
    },
    farm: {
      kind: "VirtualMachineReplicaSet",
      metadata: { annotations: skip },
      spec: { replicas: 2, selector: { matchLabels: { app: "farm" } }, template: template("farm") },
      options: after,
    },
  };
}

async function record(form: Form): Promise<void> {
  const engine = await LocalEngine.create();
  try {
    const place = await localPlace(engine);
    const made = await place.kubectl(["create", "namespace", namespace]);
    expect(made.code, made.output).toBe(0);
    const stack = await Stack.open(form, { ...place, namespace });
    await stack.upTo(programOf(stack));
    const target = folderOf(version, form);
    await mkdir(target, { recursive: true });
    await cp(join(stack.project.folder, form.file), join(target, form.file));
    await writeFile(join(target, "state.json"), await stack.do("stack", "export", "--show-secrets"));
    await stack.remove();
  } finally {
    await engine.remove();
  }
}

describe.each(forms)("$name", (form) => {
  if (process.env.RECORD !== undefined && process.env.RECORD !== "") {
    test("its state is recorded", () => record(form));
  }

  test("there is a state of every release that the changelog has, and of this one", async () => {
    const changelog = await readFile(join(projectRoot, "CHANGELOG.md"), "utf8");
    const released = [...changelog.matchAll(/^## \[(\d+\.\d+\.\d+)\]/gm)].map(([, release]) => release ?? "");
    for (const release of [...released, version]) {
      expect(existsSync(join(folderOf(release, form), "state.json")), `the state of ${release}`).toBe(true);
    }
  });

  test.each(existsSync(folder) ? readdirSync(folder) : [])("a state of %s has nothing to do", async (release) => {
    // Nobody answers at this address: a preview is of the program and the state.
    const env = { ...process.env, KUBECONFIG: join(projectRoot, "test/e2e/fixtures/nobody.kubeconfig") };
    const project = await form.open({ env, namespace });
    const recorded = folderOf(release, form);
    await cp(join(recorded, form.file), join(project.folder, form.file));
    await project.succeed("stack", "import", "--file", join(recorded, "state.json"));
    const { code, output } = await project.run("preview", "--expect-no-changes", "--diff");
    expect(code, output).toBe(0);
    expect(output).toMatch(/5 unchanged|6 unchanged|7 unchanged/);
    // It can say when there is something to do.
    const file = join(project.folder, form.file);
    const text = await readFile(file, "utf8");
    expect(text).toContain("front");
    await writeFile(file, text.replace("front", "back"));
    const changed = await project.run("preview", "--expect-no-changes", "--diff");
    expect(changed.code, changed.output).not.toBe(0);
    expect(changed.output).not.toContain("to replace");
    await project.discard();
  });
});
