/** The end of the API server, whatever its clients are doing. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { virtualMachines } from "../../../provider/core/resources";
import { Lab } from "../engine/support/lab";

let lab: Lab;

beforeEach(async () => {
  lab = await Lab.open();
});
afterEach(() => lab.close());

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** Opens a watch after some turns and reads it until the line is cut. */
async function watchAfter(wait: number): Promise<void> {
  await turns(wait);
  try {
    for await (const _event of await lab.client.watch(virtualMachines, { resourceVersion: "1" }));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
}

test("waits for no client, neither one that watches nor one whose connection is half made", async () => {
  for (let round = 0; round < 30; round += 1) {
    const clients = Array.from({ length: 6 }, (_, index) => watchAfter(index));
    await turns(round % 12);
    const began = performance.now();
    await lab.stopApi();
    expect(performance.now() - began).toBeLessThan(2_000);
    await Promise.all(clients);
    await lab.startApi();
  }
}, 20_000);
