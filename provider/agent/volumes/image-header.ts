/**
 * What an image file is, by its first bytes alone, before any program that knows image formats opens it. A qcow2 header
 * may name other files of the host (a backing file, a data file) or claim absurd sizes; such an image is refused here.
 * Layout: docs/interop/qcow2.txt of QEMU.
 */

/** Enough for every header that is looked at. */
export const imageHeaderBytes = 4096;

/** 64 TiB: more than any file system of a laptop holds in one file, far less than what a header can claim. */
export const mostVirtualBytes = 64 * 1024 ** 4;

export type ImageVerdict =
  | { readonly kind: "raw" }
  | { readonly kind: "qcow2"; readonly virtualBytes: number }
  /** What is wrong with the image, to be read after its name. */
  | { readonly kind: "refused"; readonly why: string };

const incompatible = { dirty: 0n, corrupt: 1n, externalData: 2n, compression: 3n, extendedL2: 4n } as const;

/** Formats that a person may take for a disk image: as raw they would boot nothing. */
const foreign: readonly { readonly magic: Buffer; readonly what: string; readonly remedy: string }[] = [
  { magic: Buffer.from("KDMV"), what: "a VMDK image", remedy: "qemu-img convert -O qcow2" },
  { magic: Buffer.from("# Disk DescriptorFile"), what: "a VMDK descriptor", remedy: "qemu-img convert -O qcow2" },
  { magic: Buffer.from("vhdxfile"), what: "a VHDX image", remedy: "qemu-img convert -O qcow2" },
  { magic: Buffer.from("conectix"), what: "a VHD image", remedy: "qemu-img convert -O qcow2" },
  { magic: Buffer.from("<<< "), what: "a VDI image", remedy: "qemu-img convert -O qcow2" },
  { magic: Buffer.from("QED\0"), what: "a QED image", remedy: "qemu-img convert -O qcow2" },
  { magic: Buffer.from([0x1f, 0x8b]), what: "compressed with gzip", remedy: "gunzip" },
  { magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]), what: "compressed with xz", remedy: "unxz" },
  { magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), what: "compressed with zstd", remedy: "unzstd" },
  { magic: Buffer.from("BZh"), what: "compressed with bzip2", remedy: "bunzip2" },
  { magic: Buffer.from("PK\u0003\u0004"), what: "a zip archive", remedy: "unzip" },
];

const qcow2Magic = Buffer.from([0x51, 0x46, 0x49, 0xfb]);
const version2HeaderBytes = 72;
const version3HeaderBytes = 104;

function refused(why: string): ImageVerdict {
  return { kind: "refused", why };
}

function startsWith(bytes: Buffer, magic: Buffer): boolean {
  return bytes.subarray(0, magic.length).equals(magic);
}

/** `start` holds the file's first imageHeaderBytes, or all of a shorter file. */
export function judgeImage(start: Buffer): ImageVerdict {
  if (start.length === 0) {
    return refused("is empty");
  }
  if (startsWith(start, qcow2Magic)) {
    return judgeQcow2(start);
  }
  const other = foreign.find(({ magic }) => startsWith(start, magic));
  return other === undefined ? { kind: "raw" } : refused(`is ${other.what}; convert it first (${other.remedy})`);
}

function judgeQcow2(header: Buffer): ImageVerdict {
  if (header.length < version2HeaderBytes) {
    return refused("is cut off inside its qcow2 header");
  }
  const version = header.readUInt32BE(4);
  if (version !== 2 && version !== 3) {
    return refused(`is qcow2 of version ${version}; 2 and 3 are known`);
  }
  if (header.readBigUInt64BE(8) !== 0n || header.readUInt32BE(16) !== 0) {
    return refused("has a backing file; flatten it first (qemu-img convert -O qcow2)");
  }
  if (header.readUInt32BE(32) !== 0) {
    return refused("is encrypted; decrypt it first (qemu-img convert with its secret)");
  }
  const clusterBits = header.readUInt32BE(20);
  if (clusterBits < 9 || clusterBits > 21) {
    return refused(`has clusters of 2^${clusterBits} bytes; 2^9 to 2^21 are allowed`);
  }
  if (version === 3) {
    const fault = version3Fault(header);
    if (fault !== undefined) {
      return refused(fault);
    }
  }
  const virtualBytes = header.readBigUInt64BE(24);
  if (virtualBytes === 0n || virtualBytes > BigInt(mostVirtualBytes)) {
    return refused(`claims to hold a disk of ${virtualBytes} bytes; 1 to ${mostVirtualBytes} are allowed`);
  }
  return { kind: "qcow2", virtualBytes: Number(virtualBytes) };
}

function version3Fault(header: Buffer): string | undefined {
  if (header.length < version3HeaderBytes) {
    return "is cut off inside its qcow2 header";
  }
  const features = header.readBigUInt64BE(72);
  if (features & (1n << incompatible.externalData)) {
    return "keeps its data in another file; put it into one first (qemu-img convert -O qcow2)";
  }
  if (features & (1n << incompatible.corrupt)) {
    return "is marked as corrupt; repair it first (qemu-img check -r all)";
  }
  const known = Object.values(incompatible).reduce<bigint>((sum, bit) => sum | (1n << bit), 0n);
  if (features & ~known) {
    return `uses qcow2 features that are not known here (0x${(features & ~known).toString(16)})`;
  }
  return undefined;
}
