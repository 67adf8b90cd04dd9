import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KubeObject } from "../../../../provider/apiserver/object";
import { configMap, configMaps, type Harness, openHarness } from "../harness";

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.close());

const type = "application/apply-patch+yaml";

function apply(manager: string, data: Record<string, string>, options = ""): Promise<KubeObject> {
  return harness.object("PATCH", `${configMaps}/c?fieldManager=${manager}${options}`, configMap("c", {}, data), type);
}

describe("server-side apply", () => {
  it("creates what is not there, and changes nothing when it is applied again", async () => {
    const created = await apply("a", { x: "1" });
    expect(created.metadata).toMatchObject({
      managedFields: [{ manager: "a", operation: "Apply", fieldsV1: { "f:data": { "f:x": {} } } }],
    });
    harness.advance(60_000);
    const again = await apply("a", { x: "1" });
    expect(again.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
  });

  it("removes what its manager no longer applies, and leaves what others hold", async () => {
    await apply("a", { x: "1", y: "2" });
    await apply("b", { y: "2", z: "3" });
    expect((await apply("a", { w: "0" })).data).toEqual({ w: "0", y: "2", z: "3" });
    expect((await apply("b", {})).data).toEqual({ w: "0" });
  });

  it("refuses to take a field that another gave another value, and takes it by force", async () => {
    await apply("a", { x: "1" });
    const body = configMap("c", {}, { x: "2" });
    const refusal = await harness.refusal("PATCH", `${configMaps}/c?fieldManager=b`, body, type);
    expect(refusal.code).toBe(409);
    expect(refusal.message).toBe('Apply failed with 1 conflict: conflict with "a": .data.x');
    expect(refusal.details?.causes).toEqual([
      { reason: "FieldManagerConflict", message: 'conflict with "a"', field: ".data.x" },
    ]);
    expect((await apply("b", { x: "2" }, "&force=true")).data).toEqual({ x: "2" });
    expect((await apply("a", {})).data).toEqual({ x: "2" });
  });

  it("counts updates as managers too", async () => {
    await apply("a", { x: "1" });
    await harness.call("PATCH", `${configMaps}/c`, { data: { x: "9" } }, "application/merge-patch+json");
    const refusal = await harness.refusal(
      "PATCH",
      `${configMaps}/c?fieldManager=a`,
      configMap("c", {}, { x: "1" }),
      type,
    );
    expect(refusal.details?.causes?.[0]?.message).toBe('conflict with "tester" using v1');
  });

  it("merges conditions by type in the applier's order, and keeps the key of an element that others hold", async () => {
    const at = "/api/v1/nodes/n";
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: "n" } };
    await harness.call("POST", "/api/v1/nodes", node);
    const applyStatus = (manager: string, conditions: object[]) =>
      harness.object("PATCH", `${at}/status?fieldManager=${manager}`, { ...node, status: { conditions } }, type);
    await applyStatus("a", [{ type: "Ready", status: "True" }]);
    await applyStatus("b", [{ type: "Disk", status: "False" }]);
    const merged = await applyStatus("b", [
      { type: "Disk", status: "False" },
      { type: "Ready", reason: "R" },
    ]);
    expect(merged.status).toEqual({
      conditions: [
        { type: "Disk", status: "False" },
        { type: "Ready", status: "True", reason: "R" },
      ],
    });
    expect((await applyStatus("a", [])).status).toEqual({
      conditions: [
        { type: "Disk", status: "False" },
        { type: "Ready", reason: "R" },
      ],
    });
  });

  it("wants a field manager, and no managed fields in the body", async () => {
    expect((await harness.refusal("PATCH", `${configMaps}/c`, configMap("c"), type)).code).toBe(422);
    const body = configMap("c", { managedFields: [] });
    expect((await harness.refusal("PATCH", `${configMaps}/c?fieldManager=a`, body, type)).code).toBe(400);
  });

  it("does not turn a missing namespace into an endless wait", async () => {
    const path = "/api/v1/namespaces/nowhere/configmaps/c?fieldManager=a";
    expect((await harness.refusal("PATCH", path, configMap("c"), type)).message).toBe('namespaces "nowhere" not found');
  });
});
