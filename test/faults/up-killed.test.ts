/**
 * `pulumi up` killed at any moment, by both forms of the provider, on the real engine and a real libvirt. Whatever the
 * program wants next, there is never a second machine of one resource; and when an `up` gets through, there is what the
 * program says, nothing else, and the state knows all of it.
 */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SeededRandom } from "../builders/seeded-random";
import { forms } from "../e2e/lifecycle/form";
import { localPlace } from "../e2e/lifecycle/local-place";
import type { Place } from "../e2e/lifecycle/place";
import type { Program } from "../e2e/lifecycle/program";
import { Stack } from "../e2e/lifecycle/stack";
import { LocalEngine } from "../e2e/support/local-engine";
import { removeTemplate } from "../e2e/support/pulumi-project";
import { firstSeed, report, upKills } from "./bounds";

/** Kills in a row after which an `up` is let through. */
const killsInARow = 5;
const mostReplicas = 2;

let engine: LocalEngine | undefined;
let place: Place;

beforeAll(async () => {
  engine = await LocalEngine.create();
  place = await localPlace(engine);
});
afterAll(async () => {
  await engine?.remove();
  await removeTemplate();
});

/** What a program may ask for; each is a change of what any other made. */
interface Wish {
  readonly memory: "96Mi" | "112Mi";
  readonly tier: string;
  readonly replicas: number;
}

/** Machines by name and without one, replaced and changed in place, and what makes machines. */
function programOf(stack: Stack, { memory, tier, replicas }: Wish): Program {
  const spec = { terminationGracePeriodSeconds: 1 };
  const { unnamed } = stack.machine("unnamed", { labels: { tier }, spec });
  const named = stack.machine("named", { labels: { tier }, memory, spec });
  const template = (app: string) => ({ metadata: { labels: { app } }, spec: { ...stack.guest(), ...spec } });
  return {
    ...named,
    unnamed: {
      kind: "VirtualMachine",
      metadata: { labels: { tier } },
      spec: unnamed?.spec ?? {},
      options: { dependsOn: ["named"] },
    },
    kept: {
      kind: "OfflineVirtualMachine",
      metadata: { name: "kept", labels: { tier } },
      spec: { runStrategy: "Always", template: template("kept") },
    },
    farm: {
      kind: "VirtualMachineReplicaSet",
      metadata: { name: "farm" },
      spec: { replicas, selector: { matchLabels: { app: "farm" } }, template: template("farm") },
    },
  };
}

/** Of all kinds but the machines that others make, as KIND/NAME. */
async function objectsOf(stack: Stack): Promise<readonly string[]> {
  const listing = await stack.kubectlDoes("get", "vms,ovms,vmrss,vmpresets", "--output=json");
  const { items }: { items: { kind: string; metadata: { name: string; ownerReferences?: unknown } }[] } =
    JSON.parse(listing);
  return items
    .filter(({ metadata }) => metadata.ownerReferences === undefined)
    .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
    .sort();
}

async function expectNoSecond(stack: Stack): Promise<void> {
  const listing = await stack.kubectlDoes("get", "vms", "--output=json");
  const { items }: { items: { metadata: { name: string; deletionTimestamp?: string } }[] } = JSON.parse(listing);
  for (const { metadata } of items) {
    expect(stack.guests(metadata.name).length, `guests of ${metadata.name}`).toBeLessThanOrEqual(1);
  }
  // One that was asked to go is there for as long as its guest takes to end.
  const staying = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const countOf = (prefix: string) => staying.filter(({ metadata }) => metadata.name.startsWith(prefix)).length;
  expect(countOf("unnamed")).toBeLessThanOrEqual(1);
  expect(countOf("farm")).toBeLessThanOrEqual(mostReplicas);
}

describe.each(forms)("$name", (form) => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.open(form, place);
  });
  afterAll(async () => {
    await stack?.remove();
  });

  test("kill -9 of an `up` at any moment", async () => {
    const random = new SeededRandom(firstSeed);
    const wish = (): Wish => ({
      memory: random.chance(0.5) ? "96Mi" : "112Mi",
      tier: `tier-${random.below(1_000)}`,
      replicas: 1 + random.below(mostReplicas),
    });
    const counts = { kills: 0, throughUps: 0, endedBefore: 0, engineAlone: 0 };
    let longest = 0;

    const getThrough = async (wanted: Wish) => {
      const began = Date.now();
      // What a killed update had changed, and the state does not know, is found by looking, as the engine says itself.
      await stack.upTo(programOf(stack, wanted), "--refresh");
      longest = Math.max(longest, Date.now() - began);
      counts.throughUps += 1;
      const machines = await stack.machines();
      const [unnamed = ""] = machines.filter((name) => name.startsWith("unnamed-"));
      const objects = [
        "OfflineVirtualMachine/kept",
        "VirtualMachine/named",
        `VirtualMachine/${unnamed}`,
        "VirtualMachineReplicaSet/farm",
      ];
      expect(await objectsOf(stack)).toEqual(objects);
      expect(machines.filter((name) => name.startsWith("farm"))).toHaveLength(wanted.replicas);
      for (const name of machines) expect(stack.guests(name), `guests of ${name}`).toHaveLength(1);
      expect(
        Object.values(await stack.ids())
          .filter((id) => id?.startsWith(`${place.namespace}/`))
          .sort(),
      ).toEqual(objects.map((object) => `${place.namespace}/${object.split("/")[1]}`).sort());
      await stack.noChanges();
    };

    await getThrough(wish());
    while (counts.kills < upKills) {
      for (let row = 0; row < killsInARow && counts.kills < upKills; row += 1) {
        await stack.declare(programOf(stack, wish()));
        const running = stack.project.startUp();
        let ended = false;
        running.ended.then(() => {
          ended = true;
        });
        await pause(random.next() * longest);
        if (ended) counts.endedBefore += 1;
        else counts.kills += 1;
        const what = random.chance(0.3) ? "engine" : "everything";
        if (what === "engine" && !ended) counts.engineAlone += 1;
        await running.kill(what);
        await expectNoSecond(stack);
      }
      await getThrough(wish());
    }
    await stack.clear();
    expect(await objectsOf(stack)).toEqual([]);
    report(`${form.name}, seed ${firstSeed}`, {
      "kills of an up": counts.kills,
      "of the engine alone": counts.engineAlone,
      "ups that ended before": counts.endedBefore,
      "ups let through": counts.throughUps,
      "seconds of the longest": Math.round(longest / 1000),
    });
  }, 3_600_000);
});
