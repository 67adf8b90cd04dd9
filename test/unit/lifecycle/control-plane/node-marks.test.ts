import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KubeClient } from "../../../../provider/kube/client";
import { nodeMarksProvider } from "../../../../provider/lifecycle/control-plane/node-marks";
import { HttpApi, json, status } from "../../../fakes/http-api";

let api: HttpApi;
let clusterUid: string;
let patched: { path: string; body: unknown }[];
/** Names of the nodes that are listed and are gone when they are written. */
let gone: string[];

beforeEach(async () => {
  api = await HttpApi.open();
  clusterUid = "cluster-1";
  patched = [];
  gone = [];
  api.answer = (request, response, { pathname, searchParams }) => {
    if (pathname === "/api/v1/namespaces/kube-system") {
      return json(response, 200, { metadata: { name: "kube-system", uid: clusterUid } });
    }
    if (request.method === "GET" && pathname === "/api/v1/nodes") {
      expect(searchParams.get("labelSelector")).toBe("kubevirt.io/schedulable");
      return json(response, 200, { metadata: {}, items: ["a", "b"].map((name) => ({ metadata: { name } })) });
    }
    if (gone.some((name) => pathname.endsWith(`/${name}`))) {
      return json(response, 404, status(404, "NotFound", "no such node"));
    }
    patched.push({ path: pathname, body: api.bodies.at(-1) });
    json(response, 200, {});
  };
});

afterEach(() => api.close());

const provider = () =>
  nodeMarksProvider((_props, work) => work(new KubeClient(api.connection, { fieldManager: "test" })));
const unmarked = { metadata: { labels: { "kubevirt.io/schedulable": null } } };

describe("the marks on a cluster's nodes", () => {
  it("are left alone while the control plane is there", async () => {
    const { outs } = await provider().create({});
    expect(outs).toEqual({ clusterUid: "cluster-1" });
    expect(patched).toEqual([]);
  });

  it("go with the control plane, from every node that has one", async () => {
    await provider().delete("node-marks", { clusterUid: "cluster-1" });
    expect(patched).toEqual([
      { path: "/api/v1/nodes/a", body: unmarked },
      { path: "/api/v1/nodes/b", body: unmarked },
    ]);
  });

  it("are nobody's worry on a node that has gone meanwhile", async () => {
    gone = ["a"];
    await provider().delete("node-marks", { clusterUid: "cluster-1" });
    expect(patched.map(({ path }) => path)).toEqual(["/api/v1/nodes/b"]);
  });

  it("stay on another cluster than the one it was made on", async () => {
    clusterUid = "cluster-2";
    await provider().delete("node-marks", { clusterUid: "cluster-1" });
    expect(patched).toEqual([]);
  });
});
