/**
 * Names that are completed by chance, as Kubernetes does for `generateName`: five letters and digits without vowels and
 * look-alikes, behind a beginning that is cut so that the whole is a label.
 */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";
const suffixLength = 5;
const longestLabel = 63;

/** That many random bytes. */
export type RandomBytes = (size: number) => Uint8Array;

export function generatedName(prefix: string, random: RandomBytes): string {
  const suffix = [...random(suffixLength)].map((byte) => alphabet[byte % alphabet.length]).join("");
  return `${prefix.slice(0, longestLabel - suffixLength)}${suffix}`;
}
