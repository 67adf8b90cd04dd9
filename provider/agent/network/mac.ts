/** A machine's network address in hardware: the same for the same machine, always. */
import { createHash } from "node:crypto";

/** 52:54:00 marks QEMU's guests; the rest is a hash of the machine's UID. 24 bits: two of 500 machines meet once in 135 sets. */
export function macAddressOf(uid: string): string {
  const [first, second, third] = createHash("sha256").update(uid).digest();
  const octets = [0x52, 0x54, 0x00, first ?? 0, second ?? 0, third ?? 0];
  return octets.map((octet) => octet.toString(16).padStart(2, "0")).join(":");
}
