/** Whose an object is: what an `up` takes up, takes over, refuses; what came to be outside of the stack; what is imported. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Stack } from "./stack.ts";

export function ownership(stack: () => Stack): void {
  test("a machine that somebody else made is refused, and left as it is", async () => {
    const s = stack();
    const before = await s.applyByHand("theirs", { labels: { by: "hand" } });
    await s.declare(s.machine("theirs", { labels: { by: "pulumi" } }));
    const output = await s.refusedUp();
    expect(output).toContain("exists already and was not made by this resource");
    expect(output).toContain('kubevirt.io/adopt: "true"');
    expect(await s.ids()).not.toHaveProperty("theirs");
    expect((await s.get("vm/theirs")).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  test("it is taken over when the program says so, and runs on", async () => {
    const s = stack();
    const uid = await s.uidOf("vm/theirs");
    const guests = s.guests("theirs");
    await s.upTo(s.machine("theirs", { labels: { by: "pulumi" }, annotations: { "kubevirt.io/adopt": "true" } }));
    const taken = await s.get("vm/theirs");
    expect(taken.metadata).toMatchObject({
      uid,
      labels: { by: "pulumi" },
      annotations: { "kubevirt.io/pulumi-urn": s.urn("theirs") },
    });
    expect(s.guests("theirs")).toEqual(guests);
    await s.noChanges();
  });

  test("one that is not as the program has it is refused even so, with what differs", async () => {
    const s = stack();
    await s.clear();
    await s.applyByHand("theirs");
    await s.declare(s.machine("theirs", { memory: "112Mi", annotations: { "kubevirt.io/adopt": "true" } }));
    expect(await s.refusedUp()).toContain("differs from the program in spec.domain.resources.requests.memory");
    expect(s.guests("theirs")).toHaveLength(1);
    await s.removeByHand("theirs");
  });

  test("an `up` that is killed leaves a machine, which the next one takes up", async () => {
    const s = stack();
    await s.declare({ ...s.machine("web"), ...s.machine("late", { options: { dependsOn: ["web"] } }) });
    const running = s.project.startUp();
    let uid: string | undefined;
    while (uid === undefined) uid = (await s.find("vm/web"))?.metadata.uid;
    await running.kill();
    await s.up();
    expect(await s.uidOf("vm/web")).toBe(uid);
    expect(await s.machines()).toEqual(["late", "web"]);
    expect([s.guests("web").length, s.guests("late").length]).toEqual([1, 1]);
  });

  test("a machine waits for what it depends on", async () => {
    const s = stack();
    const ready = await s.kubectlDoes(
      "get",
      "vm",
      "web",
      "--output=jsonpath={.status.conditions[?(@.type=='Ready')].lastTransitionTime}",
    );
    expect(Date.parse((await s.get("vm/late")).metadata.creationTimestamp)).toBeGreaterThanOrEqual(Date.parse(ready));
  });

  test("a machine that somebody removed is told by a refresh, and made again", async () => {
    const s = stack();
    const uid = await s.uidOf("vm/late");
    await s.removeByHand("late");
    await s.refresh();
    expect(await s.ids()).not.toHaveProperty("late");
    await s.up();
    expect(await s.uidOf("vm/late")).not.toBe(uid);
    await s.noChanges();
  });

  test("a destroy finds a machine gone that somebody removed", async () => {
    const s = stack();
    await s.removeByHand("late");
    await s.clear();
  });

  test("a machine that is there is imported by its id, and its code has an empty preview", async () => {
    const s = stack();
    const { metadata } = await s.applyByHand("by-hand", { labels: { app: "by-hand" } });
    const id = `${s.place.namespace}/by-hand`;
    await s.declare({});
    const importing = [
      "import",
      "kubevirt:index:VirtualMachine",
      "by-hand",
      id,
      "--yes",
      "--skip-preview",
      "--protect=false",
    ];
    if (s.form.writesCode) {
      const file = join(s.project.folder, "imported");
      await s.do(...importing, "--out", file);
      const code = await readFile(file, "utf8");
      expect(code).toContain("app: by-hand");
      await writeFile(join(s.project.folder, s.form.file), `name: ${s.form.project}\nruntime: yaml\n${code}`);
    } else {
      await s.do(...importing, "--generate-code=false");
      const { metadata: asked, spec } = (await s.project.resources()).get("by-hand")?.inputs ?? {};
      expect(asked).toMatchObject({ labels: { app: "by-hand" } });
      await s.declare({ "by-hand": { kind: "VirtualMachine", metadata: asked ?? {}, spec: spec ?? {} } });
    }
    await s.noChanges();
    await s.up();
    await s.noChanges();
    expect(await s.refresh()).not.toMatch(/^\s*[~+-] /m);
    expect(await s.ids()).toMatchObject({ "by-hand": id });
    expect(await s.uidOf("vm/by-hand")).toBe(metadata.uid);
    await s.clear();
  });
}
