/** How values are spelled in attributes and text: libvirt's yes/no, on/off, numbers and words. */

export interface Codec<T> {
  encode(value: T): string;
  /** Undefined when the text is no such value. */
  decode(text: string): T | undefined;
}

export const text: Codec<string> = { encode: (value) => value, decode: (value) => value };

export const integer: Codec<number> = {
  encode: (value) => String(value),
  decode: (value) => {
    const number = /^\s*-?[0-9]+\s*$/.test(value) ? Number(value) : Number.NaN;
    return Number.isSafeInteger(number) ? number : undefined;
  },
};

/** Whole numbers beyond what a float can count, such as bytes. */
export const bigInteger: Codec<bigint> = {
  encode: (value) => value.toString(),
  decode: (value) => (/^\s*-?[0-9]{1,30}\s*$/.test(value) ? BigInt(value.trim()) : undefined),
};

export const yesNo: Codec<boolean> = twoWords("yes", "no");
export const onOff: Codec<boolean> = twoWords("on", "off");

export function oneOf<const Word extends string>(...words: readonly Word[]): Codec<Word> {
  return { encode: (value) => value, decode: (value) => words.find((word) => word === value) };
}

function twoWords(truth: string, falsehood: string): Codec<boolean> {
  return {
    encode: (value) => (value ? truth : falsehood),
    decode: (value) => (value === truth ? true : value === falsehood ? false : undefined),
  };
}
