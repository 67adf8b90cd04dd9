import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AgentChannel } from "../../../../provider/agent/guests/agent-channel";
import type { CloudInitEnd } from "../../../../provider/agent/guests/cloud-init-end";
import { GuestWatch, type GuestWatchOptions } from "../../../../provider/agent/guests/guest-watch";
import type { GuestWait } from "../../../../provider/core/wait-for";
import { silentLogger } from "../../../../provider/runtime/log";
import { FakeClock, settled } from "../../../fakes/clock";

const address = "192.168.122.7";
const minute = 60_000;

describe("the watch over a guest", () => {
  let clock: FakeClock;
  let watch: GuestWatch;
  /** Ports that do not answer, with what a try brings. */
  let silent: Map<number, string>;
  let tries: string[];
  let printed: string | undefined;
  let channel: AgentChannel | Error;
  let looksAtAgent: number;
  let changes: number;

  beforeEach(() => {
    clock = new FakeClock();
    silent = new Map([[22, "connection refused"]]);
    tries = [];
    printed = undefined;
    channel = "disconnected";
    looksAtAgent = 0;
    changes = 0;
  });
  afterEach(() => watch.end());

  const start = async (waits: readonly GuestWait[], options: Partial<GuestWatchOptions> = {}) => {
    const cloudInit: Pick<CloudInitEnd, "look"> = { look: async () => printed };
    watch = new GuestWatch({
      waits,
      address,
      before: undefined,
      tryPort: async (host, port) => {
        tries.push(`${host}:${port}`);
        return silent.get(port);
      },
      cloudInit,
      agentChannel: async () => {
        looksAtAgent += 1;
        if (channel instanceof Error) throw channel;
        return channel;
      },
      clock,
      log: silentLogger,
      onChange: () => {
        changes += 1;
      },
      ...options,
    });
    await settled();
  };
  const found = () => watch.findings.map(({ type, status, reason }) => `${type} ${status} ${reason}`).sort();
  const message = () => watch.findings.map((finding) => finding.message).join();

  it("says why a port does not answer, and that it does, with one change for each", async () => {
    await start([{ kind: "tcp", port: 22 }]);
    expect(found()).toEqual(["TCPReachable False NoAnswer"]);
    expect(message()).toBe(`tcp:22 of ${address} does not answer yet: connection refused`);
    await clock.pass(minute);
    expect(changes).toBe(1);
    silent.clear();
    await clock.pass(minute);
    expect(found()).toEqual(["TCPReachable True Answers"]);
    expect(changes).toBe(2);
  });

  it("tries nothing but the address of the machine, and no more once all ports have answered", async () => {
    await start([
      { kind: "tcp", port: 22 },
      { kind: "tcp", port: 80 },
    ]);
    expect(new Set(tries)).toEqual(new Set([`${address}:22`, `${address}:80`]));
    expect(message()).not.toContain("tcp:80");
    silent.clear();
    await clock.pass(minute);
    const count = tries.length;
    await clock.pass(10 * minute);
    expect(tries.length).toBe(count);
    expect(clock.sleeping).toBe(0);
  });

  it("tries ever more rarely: a tenth of the time that it has waited, and every half minute in the end", async () => {
    await start([{ kind: "tcp", port: 22 }]);
    await clock.pass(5_000);
    expect(tries.length).toBe(11);
    await clock.pass(55_000);
    expect(tries.length).toBeLessThan(40);
    await clock.pass(60 * minute);
    const before = tries.length;
    await clock.pass(60 * minute);
    expect(tries.length - before).toBe(120);
  });

  it("says that cloud-init has finished once the guest has printed so", async () => {
    await start([{ kind: "cloud-init" }]);
    expect(found()).toEqual(["CloudInitFinished False NotFinished"]);
    printed = "22.4.2";
    await clock.pass(1_000);
    expect(found()).toEqual(["CloudInitFinished True Finished"]);
    expect(message()).toBe("cloud-init 22.4.2 has finished");
  });

  it("tells of all that one look finds at once: each time may be a write", async () => {
    await start([{ kind: "tcp", port: 80 }, { kind: "cloud-init" }, { kind: "guest-agent" }]);
    expect(found()).toHaveLength(3);
    expect(changes).toBe(1);
  });

  it("says so where nothing of what guests print is kept", async () => {
    await start([{ kind: "cloud-init" }], { cloudInit: undefined });
    expect(found()).toEqual(["CloudInitFinished False NoLog"]);
  });

  it("looks at the agent's channel at once when there is news, also after it was connected", async () => {
    await start([{ kind: "guest-agent" }]);
    expect(found()).toEqual(["AgentConnected False NotConnected"]);
    channel = "connected";
    watch.news();
    await settled();
    expect(found()).toEqual(["AgentConnected True Connected"]);
    const looks = looksAtAgent;
    await clock.pass(60 * minute);
    expect(looksAtAgent).toBe(looks);
    channel = "disconnected";
    watch.news();
    await settled();
    expect(found()).toEqual(["AgentConnected False NotConnected"]);
  });

  it("says that a guest has no channel for its agent", async () => {
    channel = "none";
    await start([{ kind: "guest-agent" }]);
    expect(found()).toEqual(["AgentConnected False NoChannel"]);
  });

  it("keeps what it has found while libvirt is away, and goes on with the rest", async () => {
    channel = new Error("libvirt is away");
    await start([{ kind: "guest-agent" }, { kind: "tcp", port: 80 }]);
    expect(found()).toEqual(["TCPReachable True Answers"]);
    channel = "connected";
    await clock.pass(1_000);
    expect(found()).toEqual(["AgentConnected True Connected", "TCPReachable True Answers"]);
  });

  it("takes up what an agent before it has found, and does not look for it again", async () => {
    await start([{ kind: "tcp", port: 80 }, { kind: "cloud-init" }]);
    printed = "22.4.2";
    await clock.pass(1_000);
    const before = watch.findings.map((finding) => ({ ...finding, lastTransitionTime: "2026-01-01T00:00:00Z" }));
    const told = found();
    await watch.end();
    tries = [];
    printed = undefined;
    await start([{ kind: "tcp", port: 80 }, { kind: "cloud-init" }], { before });
    expect(found()).toEqual(told);
    expect(tries).toEqual([]);
  });

  it("looks again where another port, or another address, was found to answer", async () => {
    await start([{ kind: "tcp", port: 80 }]);
    const before = [...watch.findings];
    await watch.end();
    await start([{ kind: "tcp", port: 22 }], { before });
    expect(found()).toEqual(["TCPReachable False NoAnswer"]);
  });

  it("ends in the middle of a try, and wakes nobody any more", async () => {
    let aborted = false;
    await start([{ kind: "tcp", port: 22 }], {
      tryPort: (_host, _port, signal) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            aborted = true;
            resolve("aborted");
          });
        }),
    });
    await watch.end();
    expect({ aborted, changes, sleeping: clock.sleeping }).toEqual({ aborted: true, changes: 0, sleeping: 0 });
  });
});
