/**
 * One 512-byte header of a tar archive, and the records of an extended one (POSIX.1-2001 "pax", GNU's long names). Strict:
 * what tar programs read in different ways is refused rather than guessed.
 */
import { OciError } from "./oci-error";
import { isZero } from "./zeros";

export const tarBlockBytes = 512;

/** The type flags that a layer may hold. */
const types = {
  "0": "file",
  "\0": "file",
  "7": "file",
  "1": "hard link",
  "2": "symbolic link",
  "3": "character device",
  "4": "block device",
  "5": "directory",
  "6": "named pipe",
  x: "pax",
  g: "pax for all",
  L: "long name",
  K: "long link name",
} as const;

export type TarType = (typeof types)[keyof typeof types];

export interface TarHeader {
  readonly name: string;
  readonly type: TarType;
  /** Bytes that follow, without padding. */
  readonly size: number;
}

/** Undefined for a block of zeros, which ends an archive. */
export function parseTarHeader(block: Buffer): TarHeader | undefined {
  if (isZero(block)) return undefined;
  if (numberAt(block, 148, 8) !== checksum(block)) throw malformed("a header whose checksum is wrong");
  const magic = block.toString("latin1", 257, 263);
  if (magic !== "ustar\0" && magic !== "ustar ") throw malformed("a header of an old kind");
  const flag = block.toString("latin1", 156, 157);
  const type = Object.hasOwn(types, flag) ? types[flag as keyof typeof types] : undefined;
  if (type === undefined) {
    const sparse = flag === "S" ? ": pack it without --sparse" : "";
    throw malformed(`an entry of the kind ${JSON.stringify(flag)}${sparse}`);
  }
  const prefix = magic === "ustar\0" ? textAt(block, 345, 155) : "";
  const name = textAt(block, 0, 100);
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    // An old way to spell a directory.
    type: type === "file" && name.endsWith("/") ? "directory" : type,
    size: numberAt(block, 124, 12),
  };
}

/** `<length> <key>=<value>\n`, again and again. */
export function parsePaxRecords(bytes: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let start = 0; start < bytes.length; ) {
    const space = bytes.indexOf(0x20, start);
    const digits = space < 0 ? "" : bytes.toString("latin1", start, space);
    const length = /^[1-9][0-9]{0,9}$/.test(digits) ? Number(digits) : 0;
    const end = start + length;
    const equals = bytes.indexOf(0x3d, space);
    if (length === 0 || end > bytes.length || bytes[end - 1] !== 0x0a || equals < 0 || equals >= end) {
      throw malformed("an extended header that cannot be read");
    }
    records.set(bytes.toString("utf8", space + 1, equals), bytes.toString("utf8", equals + 1, end - 1));
    start = end;
  }
  return records;
}

export function paddingOf(size: number): number {
  return (tarBlockBytes - (size % tarBlockBytes)) % tarBlockBytes;
}

export function malformed(what: string): OciError {
  return new OciError(`a layer of the image is not an archive that is taken: it has ${what}`, { reason: "Refused" });
}

function checksum(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let index = 0; index < tarBlockBytes; index += 1) {
    if (index < 148 || index >= 156) sum += block[index] ?? 0;
  }
  return sum;
}

function textAt(block: Buffer, start: number, length: number): string {
  const end = block.indexOf(0, start);
  return block.toString("utf8", start, end < 0 ? start + length : Math.min(end, start + length));
}

/** Octal digits, or GNU's binary form for sizes beyond 8 GiB. */
function numberAt(block: Buffer, start: number, length: number): number {
  const field = block.subarray(start, start + length);
  if (((field[0] ?? 0) & 0x80) !== 0) {
    const value = BigInt(`0x${field.toString("hex")}`) & ((1n << BigInt(length * 8 - 1)) - 1n);
    if (((field[0] ?? 0) & 0x40) !== 0 || value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed("an absurd number");
    return Number(value);
  }
  const digits = field.toString("latin1").replace(/^ +|[\0 ]+$/g, "");
  if (!/^[0-7]*$/.test(digits)) throw malformed("a number that is none");
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}
