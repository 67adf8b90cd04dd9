import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KubeClient } from "../../../provider/kube/client";
import { ApiError, UnreachableError } from "../../../provider/kube/errors";
import { describeFailedWait } from "../../../provider/lifecycle/explain";
import { explainApiError } from "../../../provider/lifecycle/explain-api-error";
import { HttpApi, json, status } from "../../fakes/http-api";

describe("describeFailedWait", () => {
  let api: HttpApi;

  beforeEach(async () => {
    api = await HttpApi.open();
  });
  afterEach(() => api.close());

  const described = () =>
    describeFailedWait(new KubeClient(api.connection, { fieldManager: "test" }), {
      kind: "VirtualMachine",
      id: "default/web",
      goal: "did not become ready",
      outcome: {
        reason: "no such image",
        object: { metadata: { name: "web", uid: "u" }, status: { phase: "Scheduled", nodeName: "node-1" } },
      },
    });

  it("says the reason, the phase, the last events in order, and what to try next", async () => {
    const event = (minute: number, reason: string, count = 1) => ({
      metadata: {},
      type: "Normal",
      reason,
      message: `${reason}!`,
      count,
      lastTimestamp: `2026-01-01T00:0${minute}:00Z`,
    });
    const items = [event(6, "Last", 3), event(1, "Old"), event(3, "B"), event(2, "A"), event(4, "C"), event(5, "D")];
    api.answer = (_request, response) => json(response, 200, { metadata: {}, items });
    expect((await described()).split("\n")).toEqual([
      "VirtualMachine default/web did not become ready: no such image",
      "  phase: Scheduled on node node-1",
      "  last events:",
      "    Normal A: A!",
      "    Normal B: B!",
      "    Normal C: C!",
      "    Normal D: D!",
      "    Normal Last: Last! (3 times)",
      '  next: kubectl describe vm web --namespace default; mend the cause and run "pulumi up" again',
    ]);
    expect(api.requests[0]).toContain("involvedObject.name%3Dweb%2CinvolvedObject.uid%3Du");
  });

  it("says the reason also when the events cannot be read", async () => {
    api.answer = (_request, response) => json(response, 403, status(403, "Forbidden", "no events for you"));
    const text = await described();
    expect(text).toContain("no such image");
    expect(text).toContain("(the events could not be read: no events for you)");
  });
});

describe("explainApiError", () => {
  const connection = {
    server: "https://127.0.0.1:6443",
    namespace: "default",
    context: "local",
    credentials: () => Promise.reject(new Error("not asked for")),
    close: () => undefined,
  };
  const words = (error: unknown) => {
    const explained = explainApiError(error, connection);
    return explained instanceof Error ? explained.message : "";
  };

  it("says how to start an engine that does not answer", () => {
    const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
    expect(words(new UnreachableError(connection.server, refused))).toBe(
      'the Kubernetes API at https://127.0.0.1:6443 cannot be reached: connection refused (context local); start the local engine with "virtctl local start", or point KUBECONFIG or kubevirt:kubeconfig at a cluster that runs',
    );
  });

  it("names the context whose credentials are not accepted", () => {
    expect(words(new ApiError("Unauthorized", { code: 401 }))).toContain(
      "does not accept the credentials of context local",
    );
  });

  it("puts each cause of a refused object on a line of its own", () => {
    const causes = [
      { field: "spec.a", message: "Invalid value: 1" },
      { field: "spec.b", message: "Required value" },
    ];
    expect(words(new ApiError("vm is invalid\nmore", { code: 422, causes })).split("\n")).toEqual([
      "vm is invalid",
      "  spec.a: Invalid value: 1",
      "  spec.b: Required value",
    ]);
  });

  it("says how to install what a cluster does not serve, and tells it from an object that is not there", () => {
    expect(words(new ApiError("404 page not found", { code: 404 }))).toBe(
      "kubevirt.io/v1alpha1 is not installed on https://127.0.0.1:6443 (context local); install it with new kubevirt.ControlPlane(...) in the program (the machines of the program then wait for it), or with: virtctl manifests --registry REGISTRY | kubectl apply -f -",
    );
    const absent = new ApiError("not found", { code: 404, reason: "NotFound" });
    expect(explainApiError(absent, connection)).toBe(absent);
  });

  it("leaves other errors as they are", () => {
    const other = new Error("x");
    expect(explainApiError(other, connection)).toBe(other);
    const conflict = new ApiError("conflict", { code: 409, reason: "Conflict" });
    expect(explainApiError(conflict, connection)).toBe(conflict);
  });
});
