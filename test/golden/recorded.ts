/** Reads the recorded cases: one JSON object a line, each an input with the answer that was recorded for it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const base = z.looseObject({ id: z.string(), quirk: z.string().optional(), tags: z.array(z.string()).optional() });

const verdict = z.looseObject({ allowed: z.boolean(), fields: z.array(z.string()) });

export type ValidateCase = z.infer<typeof ValidateCase>;
export const ValidateCase = base.extend({
  resource: z.string(),
  object: z.unknown(),
  expect: verdict,
  expectFixed: verdict.optional(),
});

const panic = z.object({ panic: z.literal(true) });

export type PresetCase = z.infer<typeof PresetCase>;
export const PresetCase = base.extend({
  presets: z.array(z.unknown()),
  vm: z.unknown(),
  expect: z.union([
    panic,
    z.object({
      success: z.boolean().optional(),
      processed: z.boolean(),
      annotated: z.array(z.string()).optional(),
      events: z.array(z.looseObject({ reason: z.string() })),
      domain: z.record(z.string(), z.unknown()),
    }),
  ]),
});

export type DefaultsCase = z.infer<typeof DefaultsCase>;
export const DefaultsCase = base.extend({
  kind: z.string(),
  object: z.unknown(),
  expect: z.union([panic, z.object({ canonical: z.unknown() })]),
});

export type DomainCase = z.infer<typeof DomainCase>;
export const DomainCase = base.extend({
  vm: z.unknown(),
  applyDefaults: z.boolean(),
  context: z.looseObject({ kvm: z.boolean(), registryDisks: z.record(z.string(), z.array(z.string())).optional() }),
  expect: z.union([panic, z.object({ error: z.string() }), z.object({ xml: z.string() })]),
  defines: z.boolean().optional(),
});

export function recordedCases<Case>(file: string, schema: z.ZodType<Case>): readonly Case[] {
  return readFileSync(join(__dirname, "corpus", file), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => schema.parse(JSON.parse(line)));
}
