import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KubeClient } from "../../../provider/kube/client";
import { NoLongerAllowedError, UnreachableError } from "../../../provider/kube/errors";
import { electionTimes, LeaderElection, type Lease, microTime } from "../../../provider/kube/leader-election";
import { coreResources } from "../../../provider/kube/resource";
import { silentLogger } from "../../../provider/runtime/log";
import { SeededRandom } from "../../builders/seeded-random";
import { FakeClock, settled } from "../../fakes/clock";
import { ClusterApi } from "../../fakes/cluster-api";
import { HttpApi, json } from "../../fakes/http-api";

const second = 1_000;
const away = new UnreachableError("https://cluster", new Error("connection refused"));

let cluster: ClusterApi;
let contenders: Contender[];

beforeEach(async () => {
  cluster = await ClusterApi.open();
  await cluster.create(coreResources.namespaces, { metadata: { name: "kubevirt" } });
  contenders = [];
});
afterEach(async () => {
  for (const { election } of contenders) await election.release().catch(() => undefined);
  await cluster.close();
});

/** One process that wants to lead, on a computer of its own. */
class Contender {
  readonly name: string;
  readonly clock: FakeClock;
  readonly election: LeaderElection;
  /** Whether the API can be reached from there. */
  cut = false;
  looks = 0;
  state: "wants" | "leading" | "lost" | "released" = "wants";

  constructor(name: string, clockStart?: number) {
    this.name = name;
    this.clock = new FakeClock(clockStart);
    const { client } = cluster;
    const reach = <T>(call: () => Promise<T>): Promise<T> => (this.cut ? Promise.reject(away) : call());
    this.election = new LeaderElection({
      client: {
        find: (...args: Parameters<KubeClient["find"]>) => reach(() => client.find(...args)),
        create: (...[resource, object]: Parameters<KubeClient["create"]>) =>
          reach(() => client.create(resource, object)),
        update: (...args: Parameters<KubeClient["update"]>) => reach(() => client.update(...args)),
      } as unknown as KubeClient,
      namespace: "kubevirt",
      name: "virt-controller",
      identity: name,
      log: silentLogger,
      clock: this.clock,
      ticks: this.clock.ticks,
      onLooked: () => {
        this.looks += 1;
      },
    });
    contenders.push(this);
  }

  run(): void {
    void this.election.acquire().then(async (outcome) => {
      this.state = outcome;
      if (outcome === "leading") this.state = await this.election.keep();
    });
  }
}

function contender(name: string, clockStart?: number): Contender {
  const one = new Contender(name, clockStart);
  one.run();
  return one;
}

/** Time passes for everybody but those who are stopped. */
async function pass(seconds: number, stopped: readonly Contender[] = []): Promise<void> {
  for (let passed = 0; passed < seconds * second; passed += 500) {
    for (const one of contenders) {
      if (stopped.includes(one)) one.clock.freeze(500);
      else await one.clock.pass(500);
    }
    expect(leaders().length, `leaders: ${leaders().join(", ")}`).toBeLessThanOrEqual(1);
  }
}

const leaders = () => contenders.filter(({ election }) => election.isLeading()).map(({ name }) => name);
const lease = () => cluster.get<Lease>(coreResources.leases, "virt-controller", "kubevirt");
const removeLease = () => cluster.delete(coreResources.leases, "virt-controller", "kubevirt");

describe("a leader", () => {
  it("is whoever takes the lease first, and it renews it", async () => {
    const one = contender("one");
    await settled();
    const two = contender("two");
    await pass(60);
    expect([one.state, two.state]).toEqual(["leading", "wants"]);
    expect(leaders()).toEqual(["one"]);
    const { spec } = await lease();
    expect(spec).toMatchObject({ holderIdentity: "one", leaseDurationSeconds: 15, leaseTransitions: 0 });
    expect(Date.parse(spec?.renewTime ?? "")).toBeGreaterThan(one.clock.now() - 3 * second);
    expect(spec?.acquireTime).toBe("2026-01-01T00:00:00.000000Z");
  });

  it("is one of many that begin at once", async () => {
    for (const name of ["a", "b", "c", "d", "e"]) contender(name);
    await pass(30);
    expect(leaders()).toHaveLength(1);
  });

  it("hands over at once when it releases", async () => {
    const one = contender("one");
    await settled();
    const two = contender("two");
    await pass(10);
    await one.election.release();
    expect(leaders()).toEqual([]);
    expect((await lease()).spec?.holderIdentity).toBe("");
    await pass(2);
    expect([one.state, two.state]).toEqual(["released", "leading"]);
    expect((await lease()).spec?.leaseTransitions).toBe(1);
  });

  it("gives back also what it has written last without hearing the answer", async () => {
    const one = contender("one");
    await pass(1);
    cluster.api.refusal = ({ method }) => {
      if (method === "PUT") cluster.api.upsets.push("lost");
      return undefined;
    };
    await pass(2);
    cluster.api.refusal = () => undefined;
    await one.election.release();
    expect((await lease()).spec?.holderIdentity).toBe("");
  });

  it("that has lost the lease does not give it back for another", async () => {
    const one = contender("one");
    await pass(1);
    const held = await lease();
    await cluster.client.update(coreResources.leases, {
      ...held,
      spec: { ...held.spec, holderIdentity: "two" },
    } as Lease);
    await one.election.release();
    expect((await lease()).spec?.holderIdentity).toBe("two");
  });

  it("begins again at once as itself after it was killed", async () => {
    const one = contender("one");
    await pass(5);
    contenders.splice(0);
    one.cut = true;
    const again = contender("one");
    await pass(1);
    expect(again.state).toBe("leading");
  });

  it("is followed by another when it is gone, and not before its time is over", async () => {
    const one = contender("one");
    await settled();
    const two = contender("two");
    await pass(10);
    one.cut = true;
    await pass(9);
    expect(leaders()).toEqual(["one"]);
    await pass(2);
    expect(leaders()).toEqual([]);
    await pass(8);
    expect([one.state, two.state]).toEqual(["lost", "leading"]);
  });

  it("tries as long as it may when the API is away for a moment", async () => {
    const one = contender("one");
    await settled();
    const two = contender("two");
    await pass(10);
    cluster.api.refusal = () => away;
    await pass(7);
    cluster.api.refusal = () => undefined;
    await pass(30);
    expect([one.state, two.state]).toEqual(["leading", "wants"]);
  });

  it("stops when the API is away for long, and one leads when it is back", async () => {
    const one = contender("one");
    await settled();
    const two = contender("two");
    await pass(10);
    cluster.api.refusal = () => away;
    await pass(60);
    expect(one.state).toBe("lost");
    expect(leaders()).toEqual([]);
    cluster.api.refusal = () => undefined;
    await pass(18);
    expect(two.state).toBe("leading");
  });

  it("stops at once when it finds another in its place", async () => {
    const one = contender("one");
    await pass(1);
    const held = await lease();
    await cluster.client.update(coreResources.leases, {
      ...held,
      spec: { ...held.spec, holderIdentity: "two" },
    } as Lease);
    await pass(2.5);
    expect(one.state).toBe("lost");
    expect(leaders()).toEqual([]);
  });

  it("makes its lease anew when somebody has removed it: who waits for it does not take the chance", async () => {
    const one = contender("one");
    await settled();
    const two = contender("two");
    await pass(10);
    await removeLease();
    await two.clock.pass(2 * second);
    expect(leaders()).toEqual(["one"]);
    await pass(60);
    expect([one.state, two.state]).toEqual(["leading", "wants"]);
  });

  it("is found also when it has gone together with its lease", async () => {
    const one = contender("one");
    await settled();
    const two = contender("two");
    await pass(10);
    one.cut = true;
    await removeLease();
    await pass(20);
    expect(two.state).toBe("leading");
  });

  it("that is told to stop before it leads says so, and stops asking", async () => {
    contender("one");
    await settled();
    const two = contender("two");
    await pass(4);
    await two.election.release();
    expect(two.state).toBe("released");
    const { looks } = two;
    await pass(10);
    expect(two.looks).toBe(looks);
  });
});

describe("a process that was stopped and goes on", () => {
  it("does not lead any more, before it has found out anything", async () => {
    const one = contender("one");
    await settled();
    const two = contender("two");
    await pass(10);
    await pass(25, [one]);
    expect(one.election.isLeading()).toBe(false);
    expect(leaders()).toEqual(["two"]);
    await pass(1);
    expect([one.state, two.state]).toEqual(["lost", "leading"]);
    expect((await lease()).spec?.holderIdentity).toBe("two");
  });

  it("does not lead any more either when its computer slept, by the clock on the wall", async () => {
    const one = contender("one");
    await pass(1);
    // The counter of a computer that sleeps stands still.
    one.clock.set(600 * second);
    expect(one.election.isLeading()).toBe(false);
  });

  it("writes nothing: its client refuses before anything is sent", async () => {
    const api = await HttpApi.open();
    api.answer = (_request, response) => json(response, 200, { metadata: {}, items: [] });
    const one = contender("one");
    await pass(1);
    const client = new KubeClient(api.connection, { fieldManager: "test", mayWrite: () => one.election.isLeading() });
    const [pods, pod] = [coreResources.pods, { metadata: { namespace: "default", name: "web" } }];
    await client.create(pods, pod);
    expect(api.requests).toHaveLength(1);
    one.clock.freeze(11 * second);
    for (const write of [
      () => client.create(pods, pod),
      () => client.update(pods, pod),
      () => client.update(pods, pod, { subresource: "status" }),
      () => client.mergePatch(pods, pod.metadata, {}),
      () => client.delete(pods, pod.metadata),
    ]) {
      await expect(write()).rejects.toThrow(NoLongerAllowedError);
    }
    expect(api.requests).toHaveLength(1);
    await client.find(pods, pod.metadata);
    await client.list(pods);
    expect(api.requests).toHaveLength(3);
    await api.close();
  });
});

describe("clocks", () => {
  it("may be years apart", async () => {
    const one = contender("one", Date.parse("1999-01-01T00:00:00Z"));
    await settled();
    const two = contender("two", Date.parse("2050-01-01T00:00:00Z"));
    await pass(60);
    expect([one.state, two.state]).toEqual(["leading", "wants"]);
    one.cut = true;
    await pass(20);
    expect([one.state, two.state]).toEqual(["lost", "leading"]);
  });

  it("that are set while somebody waits do not shorten the wait", async () => {
    const one = contender("one");
    await settled();
    const two = contender("two");
    await pass(10);
    two.clock.set(3_600 * second);
    await pass(10);
    expect([one.state, two.state]).toEqual(["leading", "wants"]);
  });

  it("that are set back do not lengthen a leader's word", async () => {
    const one = contender("one");
    await settled();
    contender("two");
    await pass(10);
    one.clock.set(-3_600 * second);
    one.cut = true;
    await pass(11);
    expect(one.election.isLeading()).toBe(false);
    await pass(10);
    expect(leaders()).toEqual(["two"]);
  });
});

/** Whatever happens in whatever order: never two, and one again soon when all is well. */
describe("among three", () => {
  it.each(Array.from({ length: 20 }, (_, index) => index + 1))("whatever happens (%i)", async (seed) => {
    const random = new SeededRandom(seed);
    for (const name of ["a", "b", "c"]) contender(name, Date.parse("2026-01-01T00:00:00Z") + random.below(1e9));
    await pass(1);
    for (let round = 0; round < 25; round += 1) {
      const one = random.pick(contenders) as Contender;
      const stopped: Contender[] = [];
      const deeds: readonly (() => unknown)[] = [
        () => stopped.push(one),
        () => stopped.push(...contenders),
        () => one.clock.set(random.below(100 * second) - 50 * second),
        () => {
          one.cut = !one.cut;
        },
        () => cluster.api.upsets.push("lost"),
        () => cluster.api.upsets.push(409),
        () => cluster.api.upsets.push(500),
        () => cluster.api.goAway(),
        () => cluster.api.comeBack(),
        () => one.election.release(),
        () => undefined,
      ];
      try {
        await random.pick(deeds)?.();
      } catch (error) {
        if (!(error instanceof Error)) throw error;
      }
      // Who has lost, or was told to go, is started anew, on its computer: with its clock, and none of its memory.
      for (const [index, { name, state, clock }] of contenders.entries()) {
        if (state === "wants" || state === "leading") continue;
        contenders[index] = new Contender(name, clock.now());
        contenders.pop();
        contenders[index]?.run();
      }
      await pass(random.below(12), stopped);
    }
    cluster.api.comeBack();
    cluster.api.upsets.length = 0;
    for (const each of contenders) each.cut = false;
    await pass(40);
    expect(leaders()).toHaveLength(1);
  });
});

it("times are written as Kubernetes does, with microseconds", () => {
  expect(microTime(Date.parse("2026-01-01T00:00:00.123Z"))).toBe("2026-01-01T00:00:00.123000Z");
});

it("a leader gives up before another may begin", () => {
  expect(electionTimes.deadline + electionTimes.interval).toBeLessThan(electionTimes.duration);
});
