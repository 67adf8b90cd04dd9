import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgentLease } from "../../../../provider/agent/pods/agent-lease";
import { agentLeaseName } from "../../../../provider/core/agent-lease";
import { ApiError, UnreachableError } from "../../../../provider/kube/errors";
import type { Lease } from "../../../../provider/kube/leader-election";
import { coreResources } from "../../../../provider/kube/resource";
import { FakeClock } from "../../../fakes/clock";
import { ClusterApi } from "../../../fakes/cluster-api";

const away = new UnreachableError("https://cluster", new Error("connection refused"));
const second = 1_000;

let cluster: ClusterApi;
let clock: FakeClock;
let lease: AgentLease;

beforeEach(async () => {
  cluster = await ClusterApi.open();
  await cluster.create(coreResources.namespaces, { metadata: { name: "kubevirt" } });
  clock = new FakeClock();
  lease = new AgentLease({ client: cluster.client, namespace: "kubevirt", node: "node-1", clock, ticks: clock.ticks });
});
afterEach(() => cluster.close());

const live = () => cluster.get<Lease>(coreResources.leases, "virt-agent-node-1", "kubevirt");
/** A renewal every ten seconds, whatever comes of it. */
async function beat(seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 10) {
    await clock.pass(10 * second);
    await lease.renew().catch(() => undefined);
  }
}

describe("an agent's lease", () => {
  it("is made, and renewed with one call", async () => {
    expect(agentLeaseName("node-1")).toBe("virt-agent-node-1");
    await lease.renew();
    expect((await live()).spec).toEqual({
      holderIdentity: "node-1",
      leaseDurationSeconds: 40,
      acquireTime: "2026-01-01T00:00:00.000000Z",
      renewTime: "2026-01-01T00:00:00.000000Z",
    });
    cluster.takeCalls();
    await clock.pass(10 * second);
    await lease.renew();
    expect(cluster.takeCalls().map((call) => call.split(" ")[0])).toEqual(["PUT"]);
    expect((await live()).spec).toMatchObject({
      acquireTime: "2026-01-01T00:00:00.000000Z",
      renewTime: "2026-01-01T00:00:10.000000Z",
    });
  });

  it("of the agent before is taken over", async () => {
    await lease.renew();
    await clock.pass(60 * second);
    const next = new AgentLease({ client: cluster.client, namespace: "kubevirt", node: "node-1", clock });
    await next.renew();
    expect((await live()).spec).toMatchObject({
      acquireTime: "2026-01-01T00:00:00.000000Z",
      renewTime: "2026-01-01T00:01:00.000000Z",
    });
  });

  it.each<[string, () => Promise<unknown>]>([
    ["removed", () => cluster.delete(coreResources.leases, "virt-agent-node-1", "kubevirt")],
    [
      "written",
      () =>
        cluster.api.direct({
          method: "PATCH",
          target: "/apis/coordination.k8s.io/v1/namespaces/kubevirt/leases/virt-agent-node-1",
          body: { metadata: { labels: { mine: "yes" } } },
          contentType: "application/merge-patch+json",
        }),
    ],
  ])("that somebody has %s is renewed all the same, at once", async (_what, interfere) => {
    await lease.renew();
    await interfere();
    await clock.pass(10 * second);
    await lease.renew();
    expect((await live()).spec?.renewTime).toBe("2026-01-01T00:00:10.000000Z");
  });

  it("whose renewal got no answer is renewed the next time", async () => {
    await lease.renew();
    cluster.api.upsets.push("lost");
    await expect(lease.renew()).rejects.toThrow(UnreachableError);
    await clock.pass(10 * second);
    await lease.renew();
    expect((await live()).spec?.renewTime).toBe("2026-01-01T00:00:10.000000Z");
  });
});

describe("the silence of the API", () => {
  it("is counted from the last answer to the last attempt", async () => {
    await lease.renew();
    expect(lease.silence).toBe(0);
    cluster.api.refusal = () => away;
    await beat(300);
    expect(lease.silence).toBe(300 * second);
    await clock.pass(5 * second);
    expect(lease.silence).toBe(300 * second);
    cluster.api.refusal = () => undefined;
    await beat(10);
    expect(lease.silence).toBe(0);
  });

  it("is counted from the agent's beginning when there never was an answer", async () => {
    cluster.api.refusal = () => away;
    await beat(60);
    expect(lease.silence).toBe(60 * second);
  });

  it.each([500, 503, 429])("is there while it answers with nothing but a fault (%i)", async (code) => {
    await lease.renew();
    cluster.api.refusal = () => new ApiError("no", { code });
    await beat(60);
    expect(lease.silence).toBe(60 * second);
  });

  it("is there when it does not know the agent any more, as after the removal of its node", async () => {
    await lease.renew();
    cluster.api.refusal = () => new ApiError("Unauthorized", { code: 401 });
    await beat(60);
    expect(lease.silence).toBe(60 * second);
  });

  it("is not there when it knows the agent and refuses", async () => {
    await lease.renew();
    cluster.api.refusal = () => new ApiError("leases is forbidden", { code: 403, reason: "Forbidden" });
    await beat(600);
    expect(lease.silence).toBe(0);
    await expect(lease.renew()).rejects.toThrow("forbidden");
  });

  it("is no matter of the clock on the wall, nor of time in which nobody asked", async () => {
    await lease.renew();
    clock.set(3_600 * second);
    expect(lease.silence).toBe(0);
    clock.freeze(3_600 * second);
    expect(lease.silence).toBe(0);
    clock.set(-7_200 * second);
    cluster.api.refusal = () => away;
    await expect(lease.renew()).rejects.toBe(away);
    expect(lease.silence).toBe(3_600 * second);
  });

  it("is not there when an agent that stood still for long only finds its connection gone", async () => {
    await lease.renew();
    clock.freeze(3_600 * second);
    cluster.api.upsets.push("lost");
    await lease.renew();
    expect(lease.silence).toBe(0);
  });
});
