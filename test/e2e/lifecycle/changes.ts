/** Changes of a program and of the world: in place, by replacement, by somebody else; and a cluster that is away. */
import { expect, test } from "vitest";
import { eventually } from "../support/wait.ts";
import type { Program } from "./program.ts";
import type { Stack } from "./stack.ts";

/** One of each of the other kinds. */
function owners(s: Stack, changes: { replicas?: number; cores?: number; memory?: string } = {}): Program {
  const template = (app: string) => ({ metadata: { labels: { app } }, spec: s.guest() });
  return {
    small: {
      kind: "VirtualMachinePreset",
      metadata: { name: "small" },
      spec: {
        selector: { matchLabels: { size: "small" } },
        domain: { resources: { requests: { memory: changes.memory ?? "96Mi" } } },
      },
    },
    db: {
      kind: "OfflineVirtualMachine",
      metadata: { name: "db" },
      spec: { runStrategy: "Always", template: template("db") },
    },
    farm: {
      kind: "VirtualMachineReplicaSet",
      metadata: { name: "farm" },
      spec: {
        replicas: changes.replicas ?? 1,
        selector: { matchLabels: { app: "farm" } },
        template: template("farm"),
      },
    },
  };
}

async function away<T>({ place }: Stack, work: () => Promise<T>): Promise<T> {
  await place.leave();
  try {
    return await work();
  } finally {
    await place.comeBack();
  }
}

export function changes(stack: () => Stack): void {
  const labelled = (tier: string, memory?: string) =>
    stack().machine("web", { labels: { tier }, ...(memory === undefined ? {} : { memory }) });
  let uid: string;

  test("a name is the program's, or made of the resource's name and a suffix, and stays", async () => {
    const s = stack();
    const { web } = s.machine("web");
    if (web === undefined) throw new Error("no machine");
    const { metadata: _given, ...unnamed } = web;
    await s.upTo({ web: unnamed });
    const [name = ""] = await s.machines();
    expect(name).toMatch(/^web-[0-9a-z]{8}$/);
    await s.noChanges();
    await s.upTo({ web: { ...unnamed, metadata: { labels: { tier: "front" } } } });
    expect(await s.machines()).toEqual([name]);
    await s.clear();
  });

  test("labels change in place", async () => {
    const s = stack();
    await s.upTo(labelled("front"));
    uid = await s.uidOf("vm/web");
    await s.upTo(labelled("middle"));
    expect((await s.get("vm/web")).metadata).toMatchObject({ uid, labels: { tier: "middle" } });
    await s.noChanges();
  });

  test("what somebody else changed is shown by its path, and healed", async () => {
    const s = stack();
    await s.kubectlDoes("label", "vm", "web", "tier=back", "--overwrite");
    expect(await s.refresh()).toMatch(/~ tier\s*: "middle" => "back"/);
    expect(await s.preview()).toMatch(/~ tier\s*: "back" => "middle"/);
    await s.up();
    expect((await s.get("vm/web")).metadata).toMatchObject({ uid, labels: { tier: "middle" } });
    await s.noChanges();
  });

  test("what somebody else added is nobody's business", async () => {
    const s = stack();
    await s.kubectlDoes("label", "vm", "web", "added=by-hand");
    await s.refresh();
    await s.noChanges();
    await s.upTo(labelled("front"));
    expect((await s.get("vm/web")).metadata).toMatchObject({ uid, labels: { tier: "front", added: "by-hand" } });
  });

  test("a cluster that is away is an error of every command, and nothing of the state is lost", async () => {
    const s = stack();
    const before = await s.ids();
    const outputs = await away(s, async () => {
      const refresh = await s.refused("refresh", "--yes", "--skip-preview");
      await s.declare(labelled("middle"));
      return [refresh, await s.refusedUp(), await s.refused("destroy", "--yes", "--skip-preview")];
    });
    for (const output of outputs) expect(output).toMatch(/cannot be reached|does not answer|local start/);
    expect(await s.ids()).toEqual(before);
    await s.upTo(labelled("front"));
    expect(await s.uidOf("vm/web")).toBe(uid);
  });

  test("another spec replaces a machine, whose guest is asked to shut down and has gone before the new one comes", async () => {
    const s = stack();
    await s.declare(labelled("front", "112Mi"));
    const preview = await s.preview();
    expect(preview).toMatch(/~ memory\s*: "96Mi" => "112Mi"/);
    expect(preview).toMatch(/1 to replace/);
    expect(await s.uidOf("vm/web")).toBe(uid);
    await s.up();
    const web = await s.get("vm/web");
    expect(web.metadata.uid).not.toBe(uid);
    expect(web.spec).toMatchObject({ domain: { resources: { requests: { memory: "112Mi" } } } });
    expect(s.guests("web")).toHaveLength(1);
    await eventually("the end of the old guest is told", async () => {
      const events = await s.kubectlDoes(
        "get",
        "events",
        `--field-selector=involvedObject.uid=${uid}`,
        "--output=json",
      );
      const told: { items: { reason: string; message: string }[] } = JSON.parse(events);
      return told.items.some(({ reason }) => reason === "ShuttingDown") ? true : undefined;
    });
    await s.noChanges();
  });

  test("a new machine is there before the old one goes only by name; there is never a second of one name", async () => {
    const s = stack();
    const { web } = labelled("front", "128Mi");
    if (web === undefined) throw new Error("no machine");
    uid = await s.uidOf("vm/web");
    await s.upTo({ web: { ...web, options: { deleteBeforeReplace: false } } });
    expect(await s.uidOf("vm/web")).not.toBe(uid);
    expect(await s.machines()).toEqual(["web"]);
    expect(s.guests("web")).toHaveLength(1);
    await s.noChanges();
    await s.clear();
  });

  test("the other kinds are made, told of without changes, changed in place, healed and removed", async () => {
    const s = stack();
    await s.upTo(owners(s));
    await s.noChanges();
    const [db, farm] = [await s.uidOf("ovm/db"), await s.uidOf("vmrs/farm")];
    const guest = await s.uidOf("vm/db");
    await s.upTo(owners(s, { replicas: 2, memory: "112Mi" }));
    expect(await s.machines()).toHaveLength(3);
    await s.kubectlDoes("scale", "vmrs/farm", "--replicas=3");
    await s.kubectlDoes("patch", "ovm", "db", "--type=merge", '--patch={"spec":{"runStrategy":"Halted"}}');
    const drift = await s.refresh();
    expect(drift).toMatch(/~ replicas\s*: 2 => 3/);
    expect(drift).toMatch(/~ runStrategy\s*: "Always" => "Halted"/);
    await s.up();
    await s.refresh();
    await s.noChanges();
    expect([await s.uidOf("ovm/db"), await s.uidOf("vmrs/farm")]).toEqual([db, farm]);
    expect(await s.uidOf("vm/db")).not.toBe(guest);
    expect(await s.machines()).toHaveLength(3);
    await s.clear();
  });
}
