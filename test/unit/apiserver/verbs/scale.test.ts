import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRegistry } from "../../../../provider/apiserver/registry";
import { coreResource } from "../../../../provider/apiserver/resources/core";
import { namespaces } from "../../../../provider/apiserver/resources/namespace";
import { anything } from "../../../../provider/apiserver/schema/shorthand";
import { type Harness, openHarness } from "../harness";

const herds = coreResource({
  group: "example.io",
  kind: "Herd",
  description: "Animals.",
  fields: { spec: anything, status: anything },
  plural: "herds",
  singular: "herd",
  countsGenerations: true,
  subresources: {
    status: true,
    scale: {
      specReplicasPath: ".spec.replicas",
      statusReplicasPath: ".status.replicas",
      labelSelectorPath: ".status.selector",
    },
  },
});

const herd = "/apis/example.io/v1/namespaces/default/herds/h";
const merge = "application/merge-patch+json";

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness(createRegistry([namespaces, herds]));
  const body = { metadata: { name: "h" }, spec: { replicas: 2, size: "big" } };
  await harness.call("POST", "/apis/example.io/v1/namespaces/default/herds", body);
});
afterEach(() => harness.close());

describe("scale", () => {
  it("shows wanted and present replicas and the selector", async () => {
    await harness.call("PATCH", `${herd}/status`, { status: { replicas: 1, selector: "a=b" } }, merge);
    expect(await harness.object("GET", `${herd}/scale`)).toMatchObject({
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: { name: "h", namespace: "default" },
      spec: { replicas: 2 },
      status: { replicas: 1, selector: "a=b" },
    });
  });

  it("changes the replicas and nothing else", async () => {
    await harness.call("PATCH", `${herd}/scale`, { spec: { replicas: 5, size: "small" } }, merge);
    const changed = await harness.object("GET", herd);
    expect(changed).toMatchObject({ spec: { replicas: 5, size: "big" }, metadata: { generation: 2 } });
    const scale = await harness.object("GET", `${herd}/scale`);
    await harness.call("PUT", `${herd}/scale`, { ...scale, spec: { replicas: 0 } });
    expect((await harness.refusal("PUT", `${herd}/scale`, { ...scale, spec: { replicas: 9 } })).code).toBe(409);
    expect((await harness.object("GET", herd)).spec).toEqual({ replicas: 0, size: "big" });
  });

  it.each([-1, 1.5, "3", null])("refuses %j replicas or takes none as zero, which is left out", async (replicas) => {
    if (replicas === null) {
      const scale = await harness.object("PATCH", `${herd}/scale`, { spec: { replicas } }, merge);
      expect(scale).toHaveProperty("spec", {});
    } else {
      expect((await harness.refusal("PATCH", `${herd}/scale`, { spec: { replicas } }, merge)).code).toBe(422);
    }
  });

  it("is not there for kinds without it", async () => {
    expect((await harness.refusal("GET", "/api/v1/namespaces/default/scale")).code).toBe(404);
  });
});
