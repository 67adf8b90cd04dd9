/**
 * How much the fault suite does: little by default, so that every run of the tests has some of it; much by
 * `make test-faults`. Each test prints what it did, and the seed or number that repeats a failure.
 */

/** A whole number from the environment, or this one. */
function bound(name: string, otherwise: number): number {
  const text = process.env[name];
  if (text === undefined || text === "") return otherwise;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name}=${text} is not a whole number from 1 on`);
  return value;
}

/** Simulated stories, and the seed of the first. */
export const stories = bound("FAULT_STORIES", 100);
export const firstSeed = bound("FAULT_SEED", 1);
/** Kills of a real engine process. */
export const kills = bound("FAULT_KILLS", 8);
/** Machines that are up when libvirtd is killed. */
export const machinesUnderLibvirt = bound("FAULT_MACHINES", 4);

/** Kills of a guest. */
export const guestKills = bound("FAULT_GUEST_KILLS", Math.max(2, Math.floor(kills / 4)));

/** Kills of a `pulumi up`, for each form of the provider. */
export const upKills = bound("FAULT_UP_KILLS", Math.max(3, Math.floor(kills / 4)));

/** A line of figures for whoever runs the suite. */
export function report(what: string, figures: Readonly<Record<string, string | number>>): void {
  const text = Object.entries(figures).map(([name, value]) => `${value} ${name}`);
  process.stdout.write(`   ${what}: ${text.join(", ")}\n`);
}

/** The value below which this part of all lies. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}
