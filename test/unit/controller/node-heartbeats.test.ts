import { describe, expect, it } from "vitest";
import { kubeletLeaseNamespace, NodeHeartbeats, nodeSilenceMs } from "../../../provider/controller/node-heartbeats";
import { agentLeaseName } from "../../../provider/core/agent-lease";
import { FakeClock } from "../../fakes/clock";

const second = 1_000;
const here = {};

function listen() {
  const clock = new FakeClock();
  const heartbeats = new NodeHeartbeats(clock, clock.ticks);
  let renewals = 0;
  const stamp = (at: number) => `${new Date(at).toISOString().replace("Z", "")}${String(renewals).padStart(3, "0")}Z`;
  const leaseOf = (who: "agent" | "kubelet", node: string) =>
    who === "agent"
      ? { namespace: "kubevirt", name: agentLeaseName(node) }
      : { namespace: kubeletLeaseNamespace, name: node };
  return {
    clock,
    heartbeats,
    /** The lease is renewed, by the clock of its holder. */
    renewed: (who: "agent" | "kubelet", { node = "node-1", at = clock.now() } = {}) => {
      renewals += 1;
      heartbeats.seen({ metadata: leaseOf(who, node), spec: { renewTime: stamp(at) } });
    },
    /** The same lease once more, as after a watch that was cut. */
    shown: (who: "agent" | "kubelet", renewTime = "2026-01-01T00:00:00.000000Z") =>
      heartbeats.seen({ metadata: leaseOf(who, "node-1"), spec: { renewTime } }),
    /** So many seconds pass while the API answers. */
    pass: async (seconds: number) => {
      for (let passed = 0; passed < seconds; passed += 2) {
        await clock.pass(Math.min(2, seconds - passed) * second);
        heartbeats.contact();
      }
    },
    health: (node = "node-1") => heartbeats.healthOf(node, here).state,
  };
}

describe("signs of life", () => {
  it("of either make a node heard; of neither, for a while, silent", async () => {
    const { renewed, pass, health } = listen();
    renewed("agent");
    renewed("kubelet");
    await pass(39);
    expect(health()).toBe("heard");
    renewed("kubelet");
    await pass(39);
    expect(health()).toBe("heard");
    renewed("agent");
    await pass(39);
    expect(health()).toBe("heard");
    await pass(1);
    expect(health()).toBe("silent");
    renewed("agent");
    expect(health()).toBe("heard");
  });

  it("are counted in seconds when they are missing", async () => {
    const { renewed, pass, heartbeats } = listen();
    renewed("agent");
    await pass(61);
    expect(heartbeats.healthOf("node-1", here)).toEqual({ state: "silent", seconds: 61 });
  });

  it("of the kubelet alone are told from those of both, with the agent's last one", async () => {
    const { renewed, pass, heartbeats, clock } = listen();
    const health = () => heartbeats.healthOf("node-1", here);
    renewed("agent");
    renewed("kubelet");
    const since = new Date(clock.now()).toISOString().replace("Z", "001Z");
    await pass(39);
    renewed("kubelet");
    expect(health()).toEqual({ state: "heard" });
    await pass(1);
    expect(health()).toEqual({ state: "heard", agentSilentSince: since });
    renewed("agent");
    expect(health()).toEqual({ state: "heard" });
    expect(heartbeats.healthOf("node-2", here).state).toBe("silent");
    renewed("kubelet", { node: "node-2" });
    expect(heartbeats.healthOf("node-2", here)).toEqual({ state: "heard", agentSilentSince: "" });
  });

  it("are changes: a lease that is shown again says nothing", async () => {
    const { shown, pass, health } = listen();
    shown("agent");
    shown("kubelet");
    await pass(30);
    shown("agent");
    shown("kubelet");
    await pass(10);
    expect(health()).toBe("silent");
  });

  it("are believed whatever time is written in them", async () => {
    const { renewed, pass, health, clock } = listen();
    for (const years of [-50, 50, 0]) {
      renewed("kubelet", { at: clock.now() + years * 31_536_000 * second });
      await pass(39);
      expect(health()).toBe("heard");
    }
    await pass(1);
    expect(health()).toBe("silent");
  });

  it("of one node are none of another", async () => {
    const { renewed, pass, health } = listen();
    await pass(39);
    renewed("agent", { node: "node-2" });
    renewed("kubelet", { node: "node-10" });
    await pass(1);
    expect([health("node-1"), health("node-2"), health("node-10")]).toEqual(["silent", "heard", "heard"]);
  });

  it("are no leases of others", () => {
    const { heartbeats } = listen();
    heartbeats.seen({ metadata: { namespace: "kubevirt", name: "virt-controller" }, spec: { renewTime: "x" } });
    heartbeats.seen({ metadata: { namespace: "kubevirt" } });
    heartbeats.seen({ metadata: { namespace: "kubevirt", name: "virt-agent-bare" } });
    expect(heartbeats.takesMachines("virt-controller")).toBe(false);
    expect(heartbeats.takesMachines("bare")).toBeUndefined();
  });
});

describe("time in which the API was away", () => {
  it("counts against nobody, and everybody has the whole time again when it is back", async () => {
    const { renewed, pass, health, clock, heartbeats } = listen();
    renewed("agent");
    await pass(20);
    await clock.pass(3_600 * second);
    expect(health()).toBe("heard");
    heartbeats.contact();
    expect(health()).toBe("heard");
    await pass(39);
    expect(health()).toBe("heard");
    await pass(1);
    expect(health()).toBe("silent");
  });

  it("does not make a node heard that was silent before", async () => {
    const { renewed, pass, health, clock } = listen();
    renewed("agent");
    await pass(50);
    await clock.pass(5_000 * second);
    expect(health()).toBe("silent");
  });

  it("counts when it was short", async () => {
    const { renewed, pass, health, clock } = listen();
    renewed("agent");
    await pass(20);
    await clock.pass(7 * second);
    await pass(13);
    expect(health()).toBe("silent");
  });

  it("is no matter of the clock on the wall", async () => {
    const { renewed, pass, health, clock } = listen();
    renewed("agent");
    await pass(10);
    clock.set(86_400 * second);
    expect(health()).toBe("heard");
    clock.set(-2 * 86_400 * second);
    await pass(29);
    expect(health()).toBe("heard");
    await pass(1);
    expect(health()).toBe("silent");
  });
});

describe("a node that is fenced", () => {
  it.each([
    ["is removed", undefined, "was removed from the cluster"],
    [
      "is out of service",
      { spec: { taints: [{ key: "other" }, { key: "node.kubernetes.io/out-of-service" }] } },
      "was marked as out of service",
    ],
  ])("since it %s is so whatever is heard of it", (_what, node, how) => {
    const { renewed, heartbeats } = listen();
    renewed("agent");
    renewed("kubelet");
    expect(heartbeats.healthOf("node-1", node)).toEqual({ state: "fenced", how });
  });

  it("is none for taints of another sort", () => {
    const { heartbeats } = listen();
    const taints = [{ key: "node.kubernetes.io/unreachable" }, { key: "node.kubernetes.io/not-ready" }];
    expect(heartbeats.healthOf("node-1", { spec: { taints } }).state).toBe("heard");
  });
});

describe("a node's agent", () => {
  it("takes machines while it is heard itself: its kubelet does not speak for it", async () => {
    const { renewed, pass, heartbeats, health } = listen();
    expect(heartbeats.takesMachines("node-1")).toBe(false);
    renewed("agent");
    renewed("kubelet");
    expect(heartbeats.takesMachines("node-1")).toBe(true);
    await pass(39);
    expect(heartbeats.takesMachines("node-1")).toBe(true);
    renewed("kubelet");
    await pass(1);
    expect(heartbeats.takesMachines("node-1")).toBe(false);
    expect(health()).toBe("heard");
    renewed("agent");
    expect(heartbeats.takesMachines("node-1")).toBe(true);
  });

  it("whose lease was left from long ago is not taken to be alive when a controller begins", async () => {
    const { shown, pass, heartbeats, clock } = listen();
    clock.set(3_600 * second);
    shown("agent");
    expect(heartbeats.takesMachines("node-1")).toBeUndefined();
    await pass(38);
    expect(heartbeats.takesMachines("node-1")).toBeUndefined();
    await pass(2);
    expect(heartbeats.takesMachines("node-1")).toBe(false);
  });

  it("whose clock is wrong takes machines once it was seen to renew its lease", async () => {
    const { renewed, pass, heartbeats, clock } = listen();
    renewed("agent", { at: clock.now() - 7_200 * second });
    expect(heartbeats.takesMachines("node-1")).toBeUndefined();
    await pass(10);
    renewed("agent", { at: clock.now() - 7_200 * second });
    expect(heartbeats.takesMachines("node-1")).toBe(true);
  });

  it("is not said to take none because the API was away", async () => {
    const { renewed, clock, heartbeats } = listen();
    renewed("agent");
    await clock.pass(600 * second);
    expect(heartbeats.takesMachines("node-1")).toBe(true);
  });
});

it("nodes that are not there any more are forgotten", async () => {
  const { renewed, pass, heartbeats } = listen();
  renewed("agent", { node: "node-1" });
  renewed("agent", { node: "node-2" });
  heartbeats.keepOnly(new Set(["node-2"]));
  expect(heartbeats.takesMachines("node-1")).toBe(false);
  expect(heartbeats.takesMachines("node-2")).toBe(true);
  await pass(nodeSilenceMs / second);
  expect(heartbeats.healthOf("node-1", here).state).toBe("silent");
  renewed("kubelet", { node: "node-1" });
  expect(heartbeats.healthOf("node-1", here).state).toBe("heard");
});
