/**
 * How much of a manifest is read. The limits are far above what people write, and so low that nothing made to harm its
 * reader holds it up: the YAML library's time grows with the number of symbols (words, marks, line ends), so these are
 * counted while they are read, and reading stops at the limit.
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

/** Values of a document, with what its aliases repeat. */
export const mostValues = 100_000;

/** Symbols of a file of up to 256 KiB. A file of that size, full of ordinary objects, has 80,000. */
const leastSymbolBudget = 84_000;
const bytesWithLeastBudget = 256 * 1024;

/** Larger files may have one symbol more for each further character; ordinary ones have one for every three. */
export function symbolBudget(length: number): number {
  return leastSymbolBudget + Math.max(0, length - bytesWithLeastBudget);
}
