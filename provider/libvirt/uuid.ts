/** UUIDs as libvirt's messages carry them (16 bytes) and as everything else writes them (36 characters). */

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Undefined when the text is not a UUID. */
export function uuidToBytes(text: string): Buffer | undefined {
  return pattern.test(text) ? Buffer.from(text.replaceAll("-", ""), "hex") : undefined;
}

export function uuidFromBytes(bytes: Buffer): string {
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
