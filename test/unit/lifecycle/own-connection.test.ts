/** Resources that name their cluster themselves. */
import { describe, expect, test } from "vitest";
import { check } from "../../../provider/lifecycle/check";
import { clusterDigest } from "../../../provider/lifecycle/cluster-digest";
import { InitializationError } from "../../../provider/lifecycle/errors";
import { type Fields, unknownMarker } from "../../../provider/lifecycle/inputs";
import {
  connectionChanges,
  faultsOfConnection,
  keepingConnection,
  settingsFor,
} from "../../../provider/lifecycle/own-connection";

const stack = { kubeconfig: "/home/a/config", context: "main", namespace: "team" };

describe("what a resource connects with", () => {
  test.each<[string, unknown, object | "unknown"]>([
    ["the stack's settings where it names nothing", undefined, stack],
    ["its own kubeconfig alone", { kubeconfig: "lab" }, { kubeconfig: "lab" }],
    ["a context of the stack's kubeconfig", { context: "lab" }, { kubeconfig: "/home/a/config", context: "lab" }],
    ["a namespace of the stack's cluster", { namespace: "x" }, { ...stack, namespace: "x" }],
    ["nothing yet, where a preview does not know the kubeconfig", { kubeconfig: unknownMarker }, "unknown"],
    ["nothing yet, where a preview knows nothing of it", unknownMarker, "unknown"],
  ])("is %s", (_what, connection, expected) => {
    expect(settingsFor({ connection }, stack)).toEqual(expected);
  });

  test("is told to be wrong without a word of its kubeconfig", () => {
    const faults = faultsOfConnection({ connection: { kubeconfig: 7, contxt: "lab", namespace: "" } });
    expect(faults.map(({ field }) => field)).toEqual([
      "connection.kubeconfig",
      "connection.contxt",
      "connection.namespace",
    ]);
    expect(faultsOfConnection({ connection: "token: canary" })).toHaveLength(1);
    expect(JSON.stringify(faultsOfConnection({ connection: "token: canary" }))).not.toContain("canary");
  });
});

describe("presets of several clusters", () => {
  const lab = { kubeconfig: "lab" };
  const preset = (place: object) => ({ metadata: { name: "p" }, spec: { domain: { cpu: { cores: 4 } } }, ...place });
  const coresWith = (connection: object | undefined, place: object) => {
    const context = { kind: "VirtualMachine", defaultNamespace: "default" };
    const { inputs, failures } = check(
      context,
      {},
      { metadata: { name: "web" }, spec: { domain: {} }, presets: [preset(place)], connection },
    );
    expect(failures).toEqual([]);
    return (inputs.spec as { domain: { cpu?: { cores: number } } }).domain.cpu?.cores;
  };

  test("concern the machines of their own cluster", () => {
    expect(coresWith(lab, { cluster: clusterDigest({ ...lab, namespace: "default" }), namespace: "default" })).toBe(4);
    expect(coresWith(undefined, {})).toBe(4);
  });

  test.each<[string, object | undefined, object]>([
    ["the stack's into those of another cluster", lab, { cluster: clusterDigest(undefined) }],
    ["another cluster's into those of the stack's", undefined, { cluster: clusterDigest(lab) }],
    ["those of a cluster that a preview does not know yet", lab, { cluster: unknownMarker }],
    ["those of another namespace of the same cluster", lab, { cluster: clusterDigest(lab), namespace: "other" }],
  ])("are not merged, %s", (_what, connection, place) => {
    expect(coresWith(connection, place)).toBeUndefined();
  });
});

describe("the state of such a resource", () => {
  const connection = { kubeconfig: "lab" };

  test("has its connection, also when the object did not become ready", async () => {
    const inputs: Fields = { connection };
    expect(await keepingConnection(inputs, async () => ({ id: "a", outs: { phase: "" } }))).toEqual({
      id: "a",
      outs: { phase: "", connection },
    });
    const failing = keepingConnection(inputs, async () => {
      throw new InitializationError("not ready", { id: "a", properties: { phase: "Failed" }, reasons: ["r"] });
    });
    await expect(failing).rejects.toMatchObject({ properties: { phase: "Failed", connection }, reasons: ["r"] });
  });

  test("has no connection where the stack's is the one", async () => {
    expect(await keepingConnection({}, async () => ({ outs: {} }))).toEqual({ outs: {} });
    expect(connectionChanges({}, {})).toBe(false);
    expect(connectionChanges({}, { connection })).toBe(true);
  });
});
