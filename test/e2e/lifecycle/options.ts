/** The engine's own options, each of which says something else about one of two machines. */
import { expect, test } from "vitest";
import type { Options, Program } from "./program.ts";
import type { Stack } from "./stack.ts";

export function options(stack: () => Stack): void {
  const uids = async () => ({ a: await stack().uidOf("vm/a"), b: await stack().uidOf("vm/b") });
  const both = (
    changes: { labels?: Record<string, string>; memory?: string; a?: Options; b?: Options } = {},
  ): Program => {
    const { labels = { tier: "front" }, memory = "96Mi", a, b } = changes;
    const s = stack();
    return {
      ...s.machine("a", { labels, memory, ...(a && { options: a }) }),
      ...s.machine("b", { labels, memory, ...(b && { options: b }) }),
    };
  };

  test("a name that nobody gave is as the stack's configuration wants it, or refused", async () => {
    const s = stack();
    const { web } = s.machine("web");
    await s.declare({ web: { kind: "VirtualMachine", metadata: {}, spec: web?.spec ?? {} } });
    const pattern = ["stack", "name", "hex(4)"].map((word) => `\${${word}}`).join("-");
    await s.do("config", "set", "--path", "pulumi:autonaming.pattern", pattern);
    expect(await s.preview()).toMatch(/name *: "test-web-[0-9a-f]{4}"/);
    await s.do("config", "rm", "pulumi:autonaming");
    await s.do("config", "set", "--path", "pulumi:autonaming.mode", "disabled");
    expect(await s.refused("preview")).toContain(
      "metadata.name: the stack's configuration (pulumi:autonaming) lets no names be made up; give one",
    );
    await s.do("config", "rm", "pulumi:autonaming");
  });

  test("protect keeps a machine from destroy and from replacement", async () => {
    const s = stack();
    await s.upTo(both({ a: { protect: true } }));
    const before = await uids();
    expect(await s.refused("destroy", "--yes", "--skip-preview")).toContain("protect");
    expect(await s.uidOf("vm/a")).toBe(before.a);
    await s.declare(both({ memory: "112Mi", a: { protect: true } }));
    expect(await s.refused("preview")).toContain("protect");
    expect(await s.uidOf("vm/a")).toBe(before.a);
    await s.upTo(both());
    expect(await s.uidOf("vm/a")).toBe(before.a);
  });

  test("a target is changed, and what is none is not", async () => {
    const s = stack();
    const before = await uids();
    await s.upTo(both({ labels: { tier: "middle" } }), "--target", s.urn("a"));
    expect((await s.get("vm/a")).metadata).toMatchObject({ uid: before.a, labels: { tier: "middle" } });
    expect((await s.get("vm/b")).metadata).toMatchObject({ uid: before.b, labels: { tier: "front" } });
  });

  test("ignoreChanges ignores a change that would replace", async () => {
    const s = stack();
    const before = await uids();
    const ignoring = { ignoreChanges: ["spec.domain.resources.requests.memory"] };
    await s.upTo(both({ memory: "112Mi", a: ignoring, b: { ignoreChanges: ["spec"] } }));
    expect(await uids()).toEqual(before);
    await s.noChanges();
    await s.upTo(both());
    expect(await uids()).toEqual(before);
  });

  test("replaceOnChanges replaces for a change that would be made in place", async () => {
    const s = stack();
    const before = await uids();
    await s.upTo(both({ labels: { tier: "back" }, a: { replaceOnChanges: ["metadata.labels"] } }));
    expect(await s.uidOf("vm/a")).not.toBe(before.a);
    expect(await s.uidOf("vm/b")).toBe(before.b);
    expect((await s.get("vm/a")).metadata.labels).toMatchObject({ tier: "back" });
    await s.noChanges();
  });

  test("a new name with an alias moves nothing", async () => {
    const s = stack();
    const before = await uids();
    const labels = { tier: "back" };
    const moved = {
      ...s.machine("renamed", { name: "a", labels, options: { aliases: [s.urn("a")] } }),
      ...s.machine("b", { labels }),
    };
    await s.declare(moved);
    await s.noChanges();
    await s.up();
    expect(await uids()).toEqual(before);
    expect(await s.ids()).toMatchObject({ renamed: `${s.place.namespace}/a` });
    // The machine is known by its new resource when an interrupted run's is looked for.
    await s.upTo(both({ labels, a: { aliases: [s.urn("renamed")] } }));
    expect(await uids()).toEqual(before);
  });

  test("retainOnDelete leaves a machine where it is, which is taken up again", async () => {
    const s = stack();
    const labels = { tier: "back" };
    await s.upTo(both({ labels, a: { retainOnDelete: true } }));
    const before = await uids();
    await s.upTo(s.machine("b", { labels }));
    expect(await uids()).toEqual(before);
    expect(await s.ids()).not.toHaveProperty("a");
    await s.upTo(both({ labels }));
    expect(await uids()).toEqual(before);
    await s.noChanges();
  });

  test("a resource that the program has no more is removed, and the other stays", async () => {
    const s = stack();
    const { b } = await uids();
    await s.upTo(s.machine("b", { labels: { tier: "back" } }));
    expect(await s.machines()).toEqual(["b"]);
    expect(await s.uidOf("vm/b")).toBe(b);
  });

  test("--replace makes a machine anew, where the old one may go first, and else leaves it as it is and says so", async () => {
    const s = stack();
    const labels = { tier: "back" };
    const [before, pids] = [await s.uidOf("vm/b"), s.guests("b")];
    await s.declare(s.machine("b", { labels, options: { deleteBeforeReplace: false } }));
    expect(await s.up("--replace", s.urn("b"))).toContain("deleteBeforeReplace");
    expect([await s.uidOf("vm/b"), s.guests("b")]).toEqual([before, pids]);
    await s.declare(s.machine("b", { labels, options: { deleteBeforeReplace: true } }));
    await s.up("--replace", s.urn("b"));
    expect(await s.uidOf("vm/b")).not.toBe(before);
    expect(s.guests("b")).toHaveLength(1);
    await s.noChanges();
    await s.clear();
  });
}
