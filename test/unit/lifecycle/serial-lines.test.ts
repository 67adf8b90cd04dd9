import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KubeClient } from "../../../provider/kube/client";
import type { LiveObject } from "../../../provider/lifecycle/outputs";
import { lastSerialLines, type SerialQuery } from "../../../provider/lifecycle/serial-lines";
import { HttpApi, json, status } from "../../fakes/http-api";

const controlledBy = (uid: string) => [{ apiVersion: "v1", kind: "Owner", name: "o", uid, controller: true }];
const machine = (name: string, reachable?: "True" | "False", owner = "set-uid"): LiveObject => ({
  metadata: { namespace: "default", name, uid: `${name}-uid`, ownerReferences: controlledBy(owner) },
  status: {
    phase: "Running",
    interfaces: [{ ipAddress: "192.168.122.7", mac: "52:54:00:00:00:07" }],
    conditions: reachable === undefined ? [] : [{ type: "TCPReachable", status: reachable }],
  },
});

describe("the last serial lines of a guest", () => {
  let api: HttpApi;
  /** Path → body; a path that is not among them is answered with 404. */
  let bodies: Record<string, unknown>;

  const subresources = "/apis/subresources.kubevirt.io/v1alpha1";
  const log = (name: string) => `${subresources}/namespaces/default/virtualmachines/${name}/log`;

  beforeEach(async () => {
    api = await HttpApi.open();
    bodies = { [subresources]: {} };
    api.answer = (_request, response, url) => {
      const body = bodies[url.pathname];
      if (body === undefined) return json(response, 404, {});
      if (typeof body === "string") return response.writeHead(200).end(body);
      return json(response, 200, body);
    };
  });
  afterEach(() => api.close());

  const linesOf = (query: Partial<SerialQuery> = {}) =>
    lastSerialLines(new KubeClient(api.connection, { fieldManager: "test" }), {
      kind: "VirtualMachine",
      live: machine("web"),
      guest: undefined,
      spec: {},
      ...query,
    });

  it("are had from an API server that leads to its guests", async () => {
    bodies[log("web")] = "boot\r\n\r\n\u001b[31mpanic\u001b[0m\r\n";
    expect(await linesOf()).toEqual(["  last serial output:", "    boot", "    panic"]);
    expect(api.requests.some((request) => request.includes("tailLines=40"))).toBe(true);
  });

  it("are had from the log of the launcher pod on a cluster", async () => {
    bodies = {
      "/api/v1/namespaces/default/pods": {
        metadata: {},
        items: [
          { metadata: { namespace: "default", name: "forged", ownerReferences: controlledBy("other") } },
          { metadata: { namespace: "default", name: "virt-launcher-web", ownerReferences: controlledBy("web-uid") } },
        ],
      },
      "/api/v1/namespaces/default/pods/virt-launcher-web/log": "boot\n",
    };
    expect(await linesOf()).toEqual(["  last serial output:", "    boot"]);
  });

  it("are ten at most, of a bounded length, and say so when there are none", async () => {
    bodies[log("web")] = `${"x".repeat(200_000)}\n`.repeat(3) + "last\n".repeat(20);
    expect(await linesOf()).toEqual(["  last serial output:", ...Array(10).fill("    last")]);
    bodies[log("web")] = `y${"x".repeat(100_000)}`;
    expect(await linesOf()).toEqual(["  last serial output:", `    ${"x".repeat(160)}…`]);
    bodies[log("web")] = "\r\n";
    expect(await linesOf()).toEqual(["  serial output: nothing was printed"]);
  });

  it("do not show the user data that the machine was given", async () => {
    bodies[log("web")] = "password: correct horse\r\nready\r\n";
    const spec = { volumes: [{ name: "seed", cloudInitNoCloud: { userData: "password: correct horse\n" } }] };
    expect(await linesOf({ spec })).toEqual(["  last serial output:", "    [secret]", "    ready"]);
  });

  it("are none of a guest that never ran, and nobody is asked for them", async () => {
    expect(await linesOf({ live: { metadata: { name: "web" }, status: { phase: "Scheduled" } } })).toEqual([]);
    expect(await linesOf({ kind: "OfflineVirtualMachine" })).toEqual([]);
    expect(api.requests).toEqual([]);
  });

  it("are told in one line that they cannot be had", async () => {
    api.answer = (_request, response) => json(response, 403, status(403, "Forbidden", "no logs for you"));
    expect(await linesOf()).toEqual(["  serial output: could not be read: no logs for you"]);
  });

  it("of an owner are its machine's; of several the first's of which something is not so", async () => {
    bodies[log("kept")] = "kept\n";
    expect(await linesOf({ kind: "OfflineVirtualMachine", guest: machine("kept") })).toEqual([
      "  last serial output of VirtualMachine kept:",
      "    kept",
    ]);
    bodies["/apis/kubevirt.io/v1alpha1/namespaces/default/virtualmachines"] = {
      metadata: {},
      items: [machine("foreign", "False", "other"), machine("a", "True"), machine("b", "False"), machine("c", "False")],
    };
    bodies[log("b")] = "from b\n";
    const live = { metadata: { namespace: "default", name: "farm", uid: "set-uid" } };
    expect(await linesOf({ kind: "VirtualMachineReplicaSet", live })).toEqual([
      "  last serial output of VirtualMachine b:",
      "    from b",
    ]);
  });
});
