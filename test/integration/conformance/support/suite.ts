/**
 * One suite for two servers: every case runs against the local API server and against a real Kubernetes API server with
 * the project's definitions, and what came of it is compared step by step: codes, bodies, watch streams, what kubectl
 * printed. A difference that the table of purposes does not explain is a failure, and so is a purpose without use.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { areas } from "../cases";
import type { Area, Case } from "./case";
import { type Divergence, differences, printDivergence } from "./compare";
import { normalise } from "./normalise";
import { purposes } from "./purposes";
import { type Peer, type Server, type Servers, sides, startServers } from "./servers";
import { Session, type Step } from "./session";

interface Outcome {
  readonly failures: readonly string[];
  readonly divergences: readonly Divergence[];
}

let servers: Servers;
const used = new Set<number>();
let ran = 0;

/** Declares the suite, for a test file of its own: the local server against this peer, and what writes there too. */
export function conformsTo(startPeer: () => Promise<Peer>, beside: "nothing" | "controllers" = "nothing"): void {
  const ofArea = ({ cases }: Area) => cases.filter((one) => beside === "nothing" || one.disturbedBy === undefined);
  beforeAll(async () => {
    servers = await startServers(startPeer);
  });

  afterAll(() => servers?.stop());

  for (const area of areas) {
    describe.concurrent(area.name, () => {
      for (const one of ofArea(area)) {
        it(one.name, async () => {
          const { failures, divergences } = await runCase(area.name, one);
          const unexplained = divergences.filter((divergence) => !isExplained(divergence));
          const faults = [...failures, ...unexplained.map(printDivergence)];
          if (faults.length > 0) throw new Error(faults.join("\n"));
          ran += 1;
        });
      }
    });
  }

  // Purposes whose cases are left out have no use.
  if (beside === "controllers") return;
  describe("the table of purposes", () => {
    it("explains something with every entry", ({ skip }) => {
      if (ran < areas.flatMap(ofArea).length) skip("only some of the cases ran, or some failed");
      expect(purposes.filter((_, index) => !used.has(index)).map(({ reason }) => reason)).toEqual([]);
    });
  });
}

function isExplained(divergence: Divergence): boolean {
  const index = purposes.findIndex(({ explains }) => explains(divergence));
  if (index >= 0) used.add(index);
  return index >= 0;
}

let cases = 0;

interface Run {
  readonly steps: readonly Step[];
  /** What the case's own assertions say. */
  readonly failure?: string;
}

async function runCase(area: string, one: Case): Promise<Outcome> {
  cases += 1;
  const namespace = `case-${cases}`;
  const asked = sides.filter((side) => one.only === undefined || one.only.side === side);
  const runs = await Promise.all(asked.map((side) => runOn(servers[side], namespace, one)));
  const failures = runs.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
  const [local, kubernetes] = runs;
  if (local === undefined || kubernetes === undefined) return { failures, divergences: [] };
  const places = compareSteps(local.steps, kubernetes.steps);
  return { failures, divergences: places.map((place) => ({ area, case: one.name, ...place })) };
}

async function runOn(server: Server, namespace: string, one: Case): Promise<Run> {
  const session = new Session(server, namespace);
  try {
    await session.given("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    await one.run(session);
    return { steps: session.steps };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { steps: session.steps, failure: `on ${server.side}: ${error.message}` };
  } finally {
    session.close();
  }
}

function compareSteps(local: readonly Step[], kubernetes: readonly Step[]): Omit<Divergence, "area" | "case">[] {
  const [ours, theirs] = [normalise(local), normalise(kubernetes)];
  return differences(ours, theirs).map((place) => {
    const [, index = "0", rest = place.path] = /^\[(\d+)\]\.?(.*)$/.exec(place.path) ?? [];
    return { ...place, step: local[Number(index)]?.label ?? "", path: rest.replace(/^outcome\.?/, "") };
  });
}
