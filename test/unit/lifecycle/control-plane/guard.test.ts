import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { guardProvider } from "../../../../provider/lifecycle/control-plane/guard";
import { InitializationError, RemovalTimeoutError } from "../../../../provider/lifecycle/errors";
import type { Fields } from "../../../../provider/lifecycle/inputs";
import { HttpApi, json, status } from "../../../fakes/http-api";

type Stored = { metadata: { name: string; namespace?: string; uid?: string; deletionTimestamp?: string } };

const definition = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/virtualmachines.kubevirt.io";
const kubevirt = "/apis/kubevirt.io/v1alpha1";
const deployment = "/apis/apps/v1/namespaces/kubevirt/deployments/virt-controller";
const daemonSet = "/apis/apps/v1/namespaces/kubevirt/daemonsets/virt-agent";
const pods = "/api/v1/namespaces/kubevirt/pods";

let api: HttpApi;
/** What the cluster has, by path; a list is what is in a collection. */
let cluster: Record<string, unknown>;
/** Whether the kinds are served. */
let served: boolean;
let now: number;
/** Called with each second that passes. */
let pass: (second: number) => void;
let said: string[];

beforeEach(async () => {
  api = await HttpApi.open();
  served = true;
  now = 0;
  pass = () => undefined;
  said = [];
  cluster = {
    [definition]: { metadata: { name: "virtualmachines.kubevirt.io", uid: "uid-1" } },
    [deployment]: {
      metadata: { generation: 1 },
      spec: { replicas: 2 },
      status: { observedGeneration: 1, updatedReplicas: 2, availableReplicas: 2 },
    },
    [daemonSet]: {
      metadata: { generation: 1 },
      status: { observedGeneration: 1, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 },
    },
  };
  api.answer = (request, response, { pathname }) => {
    if (!served && pathname.startsWith(kubevirt)) return response.writeHead(404).end("404 page not found");
    if (request.method === "DELETE") {
      const collection = cluster[pathname.replace(/\/namespaces\/[^/]+|\/[^/]+$/g, "")] as Stored[];
      const object = collection.find(({ metadata }) => pathname.endsWith(`/${metadata.name}`));
      if (object !== undefined) object.metadata.deletionTimestamp = "2026-01-01T00:00:00Z";
      return json(response, 200, {});
    }
    const found = cluster[pathname];
    if (Array.isArray(found)) return json(response, 200, { metadata: {}, items: found });
    if (found === undefined && /\/(virtualmachine\w*|offlinevirtualmachines|pods)$/.test(pathname))
      return json(response, 200, { metadata: {}, items: [] });
    if (found === undefined) return json(response, 404, status(404, "NotFound", "not found", {}));
    return json(response, 200, found);
  };
});
afterEach(() => api.close());

function guard(clock = { now: () => now }) {
  const { server } = api.connection;
  const kubeconfig = stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "u", user: { token: "t" } }],
    contexts: [{ name: "test", context: { cluster: "c", user: "u" } }],
    "current-context": "test",
  });
  return guardProvider({
    settings: () => ({ kubeconfig }),
    say: (line) => said.push(line),
    times: { install: 60_000, removal: 60_000 },
    clock: {
      ...clock,
      sleep: async (milliseconds) => {
        now += milliseconds;
        pass(now / 1000);
      },
    },
  });
}

const inputs: Fields = { namespace: "kubevirt", keepDefinitions: false, specs: "digest", __provider: "forwarder" };

describe("the guard is made", () => {
  it("when all kinds are served and all programs run, and knows its cluster again", async () => {
    expect(await guard().create(inputs)).toEqual({
      id: "control-plane",
      outs: { ...inputs, definitionUid: "uid-1" },
    });
    expect(said).toEqual([]);
  });

  it("after what is missing has come, which it tells of", async () => {
    served = false;
    const running = cluster[daemonSet];
    cluster[daemonSet] = { metadata: { generation: 2 }, status: { observedGeneration: 1, desiredNumberScheduled: 2 } };
    pass = (second) => {
      if (second === 1) served = true;
      if (second === 3) cluster[daemonSet] = running;
    };
    await guard().create(inputs);
    expect(said).toEqual([
      expect.stringContaining(
        "kubevirt.io/v1alpha1 VirtualMachine is not served yet; kubevirt.io/v1alpha1 OfflineVirtualMachine is not served yet",
      ),
      "control plane: waiting: DaemonSet virt-agent: 0 of 2 run",
    ]);
  });

  it("for new pods, not for those of an older version", async () => {
    cluster[deployment] = {
      metadata: { generation: 2 },
      spec: { replicas: 2 },
      status: { observedGeneration: 2, updatedReplicas: 1, availableReplicas: 2 },
    };
    await expect(guard().update("control-plane", {}, inputs)).rejects.toThrow("Deployment virt-controller: 1 of 2 run");
  });

  it("or fails with what the kubelets and the scheduler say, and keeps what it needs to be removed", async () => {
    cluster[daemonSet] = { metadata: {}, status: { desiredNumberScheduled: 3 } };
    const waiting = { reason: "ErrImagePull", message: "no such host" };
    cluster[pods] = [
      { metadata: { name: "a" }, status: { containerStatuses: [{ name: "agent", state: { waiting } }] } },
      {
        metadata: { name: "b" },
        status: { conditions: [{ type: "PodScheduled", status: "False", message: "0/2 nodes are available" }] },
      },
      {
        metadata: { name: "c" },
        status: {
          initContainerStatuses: [{ name: "libvirt", ready: false, restartCount: 2, state: {} }],
          containerStatuses: [{ name: "agent", ready: false, state: { waiting: { reason: "PodInitializing" } } }],
        },
      },
    ];
    const failure: unknown = await guard()
      .create(inputs)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InitializationError);
    expect((failure as InitializationError).message.split("\n")).toEqual([
      "the control plane does not run after 60 s:",
      "DaemonSet virt-agent: 0 of 3 run",
      "  pod a: container agent: ErrImagePull: no such host",
      "  pod b: 0/2 nodes are available",
      "  pod c: container libvirt was started 3 times",
      expect.stringContaining("kubectl get pods --namespace kubevirt"),
    ]);
    expect((failure as InitializationError).properties).toMatchObject({
      definitionUid: "uid-1",
      __provider: "forwarder",
    });
  });
});

describe("the guard changes", () => {
  it("when what must run does, or where it is", async () => {
    const diff = (news: Fields) => guard().diff("control-plane", { ...inputs, definitionUid: "uid-1" }, news);
    expect(await diff(inputs)).toMatchObject({ changes: false, replaces: [] });
    for (const change of [{ specs: "other" }, { keepDefinitions: true }, { kubeconfig: "x" }, { context: "y" }])
      expect(await diff({ ...inputs, ...change })).toMatchObject({ changes: true, replaces: [] });
  });

  it("and is gone when its definitions are", async () => {
    const props = { ...inputs, definitionUid: "uid-1" };
    expect(await guard().read("control-plane", props)).toEqual({ id: "control-plane", props });
    delete cluster[definition];
    expect(await guard().read("control-plane", props)).toEqual({});
  });
});

describe("the guard is removed", () => {
  const props: Fields = { ...inputs, definitionUid: "uid-1" };
  const machine = (name: string): Stored => ({ metadata: { name, namespace: "shop", uid: `uid-of-${name}` } });
  const deletions = () => api.requests.filter((request) => request.startsWith("DELETE"));

  beforeEach(() => {
    cluster[`${kubevirt}/offlinevirtualmachines`] = [machine("db")];
    cluster[`${kubevirt}/virtualmachines`] = [machine("db"), machine("web")];
  });

  /** A second after they were asked to, they are gone. */
  const theyGo = () => {
    for (const [path, objects] of Object.entries(cluster)) {
      if (!Array.isArray(objects)) continue;
      cluster[path] = (objects as Stored[]).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    }
  };

  it("after all machines of the cluster, those that make others first", async () => {
    pass = theyGo;
    await guard().delete("control-plane", props);
    expect(deletions()).toEqual([
      `DELETE ${kubevirt}/namespaces/shop/offlinevirtualmachines/db`,
      `DELETE ${kubevirt}/namespaces/shop/virtualmachines/db`,
      `DELETE ${kubevirt}/namespaces/shop/virtualmachines/web`,
    ]);
    expect(said).toEqual([
      "control plane: waiting for the end of OfflineVirtualMachine shop/db, VirtualMachine shop/db, VirtualMachine shop/web",
    ]);
  });

  it("also after those that somebody makes meanwhile", async () => {
    pass = (second) => {
      theyGo();
      if (second === 1) cluster[`${kubevirt}/virtualmachines`] = [machine("late")];
    };
    await guard().delete("control-plane", props);
    expect(deletions().at(-1)).toContain("virtualmachines/late");
  });

  it("or not, when machines stay, which it names", async () => {
    const removal = guard().delete("control-plane", props);
    await expect(removal).rejects.toThrow(RemovalTimeoutError);
    await expect(removal).rejects.toThrow(/60 s after they were asked to go: OfflineVirtualMachine shop\/db/);
    expect(deletions()).toHaveLength(3);
  });

  it("without a machine's end where the definitions are kept", async () => {
    await guard().delete("control-plane", { ...props, keepDefinitions: true });
    expect(deletions()).toEqual([]);
  });

  it("without a machine's end on a cluster that is not its own, or has been installed anew", async () => {
    await guard().delete("control-plane", { ...props, definitionUid: "another" });
    await guard().delete("control-plane", inputs);
    delete cluster[definition];
    await guard().delete("control-plane", props);
    expect(deletions()).toEqual([]);
  });
});
