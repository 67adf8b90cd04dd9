/** Bytes of text, without any platform's buffers: UTF-8 lengths and strict standard base64 (RFC 4648, section 4). */

/** Number of bytes of the text in UTF-8. A lone surrogate counts as the replacement character, three bytes. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** The text's bytes in UTF-8. */
export function utf8Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  let at = 0;
  const put = (byte: number) => {
    bytes[at] = byte;
    at += 1;
  };
  for (const character of text) {
    const given = character.codePointAt(0) ?? 0;
    const code = given >= 0xd800 && given <= 0xdfff ? 0xfffd : given;
    if (code < 0x80) {
      put(code);
      continue;
    }
    if (code < 0x800) put(0xc0 | (code >> 6));
    else {
      if (code < 0x10000) put(0xe0 | (code >> 12));
      else {
        put(0xf0 | (code >> 18));
        put(0x80 | ((code >> 12) & 0x3f));
      }
      put(0x80 | ((code >> 6) & 0x3f));
    }
    put(0x80 | (code & 0x3f));
  }
  return bytes;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const sextets = new Map([...alphabet].map((character, index) => [character, index]));

/**
 * The bytes that a base64 text stands for, or undefined when it is not base64. Padding is required, line breaks
 * (CR, LF) are ignored, any other white space is an error.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  const compact = text.replace(/[\r\n]/g, "");
  if (compact.length % 4 !== 0) return undefined;
  const body = compact.replace(/={1,2}$/, "");
  const bytes = new Uint8Array(Math.floor((body.length * 3) / 4));
  let at = 0;
  let bits = 0;
  let held = 0;
  for (const character of body) {
    const sextet = sextets.get(character);
    if (sextet === undefined) return undefined;
    held = ((held << 6) | sextet) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at] = (held >> bits) & 0xff;
      at += 1;
    }
  }
  return bytes;
}
