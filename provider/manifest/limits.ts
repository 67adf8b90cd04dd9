/**
 * How much of a manifest is read. The limits are far above what people write, and so low that nothing made to harm its
 * reader holds it up: the YAML library's time grows with the number of symbols (words, marks, line ends), so these are
 * counted first.
 */

/** Bytes of one file. */
export const mostFileBytes = 4 * 1024 * 1024;

/** Bytes of all files of one command. */
export const mostInputBytes = 64 * 1024 * 1024;

/** Files and folders that a folder may hold, at any depth. */
export const mostFolderEntries = 10_000;

/** Documents of one file. */
export const mostDocuments = 5_000;

/** Levels of nesting of a document. No valid object has more than a third of it. */
export const mostLevels = 100;

/** Values of a document that its aliases and merge keys repeat. */
export const mostCopiedValues = 24_000;

const ordinaryCharacters = 256 * 1024;

/**
 * Symbols of a document of so many characters. One of 256 KiB that is full of ordinary objects stays below, since these
 * have four characters for each; longer ones may have one symbol more for each further character.
 */
export function documentSymbols(characters: number): number {
  return 60_000 + Math.max(0, characters - ordinaryCharacters);
}

/** Symbols of all documents of a file together; small objects in braces have one for every two characters. */
export function fileSymbols(characters: number): number {
  return Math.max(documentSymbols(characters), Math.ceil(characters * 0.7));
}
