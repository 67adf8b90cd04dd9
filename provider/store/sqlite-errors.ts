/** Turns what node:sqlite throws into the store's errors. Owns the list of SQLite result codes that matter here. */
import { StoreCorruptError, StoreError, StoreFullError, StoreLockedError, StoreUnavailableError } from "./store";

/** Primary result codes, from https://www.sqlite.org/rescode.html */
const codes = {
  busy: 5,
  locked: 6,
  readonly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
} as const;

function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return undefined;
  return error.errcode & 0xff;
}

/** The store's error for one from SQLite; an error of the store, or one that is not SQLite's, comes back unchanged. */
export function translateError(path: string, error: unknown): Error {
  if (error instanceof StoreError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  switch (primaryCode(error)) {
    case codes.busy:
    case codes.locked:
      return new StoreLockedError(path, { cause: error });
    case codes.full:
      return new StoreFullError(path, { cause: error });
    case codes.corrupt:
    case codes.notADatabase:
      return new StoreCorruptError(path, detail, { cause: error });
    case codes.readonly:
    case codes.ioError:
    case codes.cantOpen:
      return new StoreUnavailableError(path, detail, { cause: error });
    default:
      return error instanceof Error ? error : new StoreUnavailableError(path, detail, { cause: error });
  }
}
