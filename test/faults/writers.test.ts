/** The engine killed under 32 clients that write: whatever it acknowledged is there when it is back, and is the newest. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ApiError } from "../../provider/kube/errors";
import { coreResources, type KubeObject } from "../../provider/kube/resource";
import { kills, report } from "./bounds";
import { FaultEngine } from "./support/engine";

let faults: FaultEngine;

beforeAll(async () => {
  faults = await FaultEngine.start();
});
afterAll(() => faults?.stop());

const writers = 32;
/** Each costs a restart; those of the other tests of this suite are kills under writers too. */
const rounds = Math.max(2, Math.floor(kills / 10));

interface Counter extends KubeObject {
  readonly stringData?: { readonly count: string };
  readonly data?: { readonly count: string };
}

const nameOf = (writer: number) => `writer-${writer}`;
const countOf = (object: Counter) => Number(Buffer.from(object.data?.count ?? "", "base64").toString());

test("kill -9 under 32 writers loses no acknowledged write and gives no revision twice", async () => {
  const { client, namespace } = faults;
  const newest = new Map<number, Counter>();
  const revisions = new Map<string, string>();
  let acknowledged = 0;

  const acknowledge = (writer: number, object: Counter) => {
    const revision = object.metadata.resourceVersion ?? "";
    const what = `${nameOf(writer)}=${countOf(object)}`;
    const other = revisions.get(revision);
    if (other !== undefined && other !== what)
      throw new Error(`revision ${revision} was given to ${other} and ${what}`);
    revisions.set(revision, what);
    newest.set(writer, object);
    acknowledged += 1;
  };
  /** Until the engine is away. */
  const write = async (writer: number) => {
    for (;;) {
      const before = newest.get(writer);
      const count = before === undefined ? 0 : countOf(before) + 1;
      const metadata = before?.metadata ?? { namespace, name: nameOf(writer) };
      const next: Counter = { metadata: { ...metadata, namespace }, stringData: { count: String(count) } };
      const written =
        before === undefined ? client.create(coreResources.secrets, next) : client.update(coreResources.secrets, next);
      acknowledge(writer, await written);
    }
  };

  for (let round = 0; round < rounds; round += 1) {
    const working = Array.from({ length: writers }, (_, writer) => write(writer).catch((error: unknown) => error));
    const target = acknowledged + 500 + ((round * 1237) % 1500);
    while (acknowledged < target) await new Promise((resolve) => setTimeout(resolve, 5));
    await faults.kill();
    for (const ended of await Promise.all(working)) expect(ended).not.toBeInstanceOf(ApiError);
    await faults.engine.restart();
    for (let writer = 0; writer < writers; writer += 1) {
      const known = newest.get(writer);
      const live = await client.get<Counter>(coreResources.secrets, { namespace, name: nameOf(writer) });
      // The write after the last acknowledged one may have come through unheard; an older one may not be back.
      const ahead = countOf(live) - (known === undefined ? -1 : countOf(known));
      if (known === undefined) throw new Error(`${nameOf(writer)} was never acknowledged; raise the target`);
      expect([0, 1], `${nameOf(writer)} is ${ahead} ahead in round ${round}`).toContain(ahead);
      if (ahead === 0) expect(live.metadata.resourceVersion).toBe(known.metadata.resourceVersion);
      else acknowledge(writer, live);
    }
  }
  report("kill -9 under 32 writers", { kills: rounds, "writes acknowledged": acknowledged, "writes lost": 0 });
  expect(acknowledged).toBeGreaterThan(rounds * 500);
}, 1_800_000);
