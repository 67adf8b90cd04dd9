/** Tar archives for tests, entry by entry, also ones that no program would write. */

export interface BuiltEntry {
  readonly name: string;
  /** The type flag. Default "0", a file. */
  readonly type?: string;
  readonly content?: Buffer;
  /** What the header claims, when it is not the content's length. */
  readonly size?: number;
  readonly linkName?: string;
}

const blockBytes = 512;

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((blockBytes - (content.length % blockBytes)) % blockBytes)]);
}

function header({
  name,
  type = "0",
  content = Buffer.alloc(0),
  size = content.length,
  linkName = "",
}: BuiltEntry): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(name, 0, 100, "utf8");
  block.write("0000644\0", 100);
  block.write("0000000\0", 108);
  block.write("0000000\0", 116);
  block.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  block.write("00000000000\0", 136);
  block.write("        ", 148);
  block.write(type, 156, 1, "latin1");
  block.write(linkName, 157, 100, "utf8");
  block.write("ustar\x0000", 257, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** An extended header with these records, to be followed by the entry that it is about. */
export function paxEntry(records: Readonly<Record<string, string>>, type: "x" | "g" = "x"): BuiltEntry {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    let length = rest + 1;
    while (`${length}`.length + rest !== length) length = `${length}`.length + rest;
    return `${length} ${key}=${value}\n`;
  });
  return { name: "PaxHeaders/x", type, content: Buffer.from(lines.join("")) };
}

export function buildTar(...entries: readonly BuiltEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => [header(entry), padded(entry.content ?? Buffer.alloc(0))]);
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]);
}
