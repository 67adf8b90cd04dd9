/** Whether bytes are all zero, as quickly as memory is compared. */

const zeros = Buffer.alloc(1024 * 1024);

export function isZero(bytes: Buffer): boolean {
  for (let start = 0; start < bytes.length; start += zeros.length) {
    const part = bytes.subarray(start, start + zeros.length);
    if (!part.equals(zeros.subarray(0, part.length))) return false;
  }
  return true;
}
