/**
 * The pure functions that run at every preview, request and reconciliation: validation against a JSON round trip and
 * against ajv, the merge of presets against a deep merge. Each sample is the mean of many calls, taken in turns.
 */
import { Ajv } from "ajv";
import deepmerge from "deepmerge";
import { z } from "zod";
import { VirtualMachine } from "../../dist/provider/api/v1alpha1/virtual-machine.js";
import { applyPresets } from "../../dist/provider/core/presets/apply.js";
import { validateObject } from "../../dist/provider/core/validation/index.js";
import type { Measurement } from "./report.ts";
import { typicalMachine, typicalPresets } from "./typical.ts";

const callsPerSample = 5_000;

export function measureCore(pairs: number): readonly Measurement[] {
  const validate = () => validateObject(typicalMachine);
  const merge = () => applyPresets(typicalMachine, typicalPresets);
  assertUseful(validate().errors.length === 0, "the typical machine is valid");
  assertUseful(Object.keys(merge().provenance).length > 0, "the typical presets give settings");

  const ajv = new Ajv({ strict: false, allErrors: true }).compile(
    z.toJSONSchema(VirtualMachine, { io: "input", target: "draft-7" }),
  );
  assertUseful(ajv(typicalMachine), "ajv accepts the typical machine");
  const deepMerge = () => {
    let domain: object = structuredClone(typicalMachine).spec.domain;
    for (const { spec } of typicalPresets) domain = deepmerge(spec.domain, domain);
    return domain;
  };

  return [
    compared("validate a machine of 1.2 kB", validate, "JSON.parse(JSON.stringify)", roundTrip, pairs),
    compared("validate a machine of 1.2 kB", validate, "ajv, the structure alone", () => ajv(typicalMachine), pairs),
    compared("merge 4 presets", merge, "structuredClone and deepmerge", deepMerge, pairs),
  ];
}

const roundTrip = (): unknown => JSON.parse(JSON.stringify(typicalMachine));

function compared(what: string, ours: () => unknown, peer: string, theirs: () => unknown, pairs: number): Measurement {
  const samples: { readonly ours: number[]; readonly peers: number[] } = { ours: [], peers: [] };
  for (let warmUp = 0; warmUp < 4; warmUp += 1) {
    microseconds(ours);
    microseconds(theirs);
  }
  for (let pair = 0; pair < pairs; pair += 1) {
    samples.ours.push(microseconds(ours));
    samples.peers.push(microseconds(theirs));
  }
  return { what, unit: "µs", ours: samples.ours, peer, peers: samples.peers };
}

/** Mean of many calls. What they return is kept, so that no call can be left out. */
function microseconds(call: () => unknown): number {
  let kept: unknown;
  const started = performance.now();
  for (let index = 0; index < callsPerSample; index += 1) kept = call();
  const elapsed = performance.now() - started;
  assertUseful(kept !== undefined, "a measured call returns something");
  return (elapsed * 1000) / callsPerSample;
}

function assertUseful(holds: boolean, what: string): void {
  if (!holds) throw new Error(`nothing to measure: it does not hold that ${what}`);
}
