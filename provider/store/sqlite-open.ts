/**
 * Opens the database file and makes it fit to use, or says why not: takes the exclusive lock, refuses a database that
 * is locked, corrupt, foreign or newer, and creates the tables of a new one. Owns the pragmas and the schema.
 */
import { closeSync, existsSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { translateError } from "./sqlite-errors";
import { StoreCorruptError, StoreNewerError, StoreUnavailableError } from "./store";

/** "kvrt" in ASCII: marks the file as ours, https://www.sqlite.org/pragma.html#pragma_application_id */
const applicationId = 0x6b767274;
const schemaVersion = 1;

/** SQLite's name for a database that is gone when it is closed. */
const inMemory = ":memory:";

const schema = `
  CREATE TABLE revision (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    previous INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    at INTEGER NOT NULL,
    value TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX revision_key ON revision (key, id, deleted);
  CREATE TABLE compaction (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    revision INTEGER NOT NULL,
    swept INTEGER NOT NULL
  ) STRICT;
  INSERT INTO compaction VALUES (1, 0, 0);
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
`;

/** @throws StoreLockedError, StoreCorruptError, StoreNewerError, StoreUnavailableError, StoreFullError */
export function openDatabase(path: string): DatabaseSync {
  const database = openFile(path);
  try {
    // Exclusive mode before WAL: the lock is then held for the connection's life and no shared memory file is made.
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = FULL");
    database.exec("PRAGMA journal_size_limit = 16777216");
    database.exec("PRAGMA cache_size = -4096");
    database.exec("BEGIN IMMEDIATE");
    verify(database, path);
    database.exec("COMMIT");
    return database;
  } catch (error) {
    database.close();
    throw translateError(path, error);
  }
}

function openFile(path: string): DatabaseSync {
  try {
    // SQLite would create it readable by everyone; secrets are stored in it.
    if (path !== inMemory && !existsSync(path)) closeSync(openSync(path, "wx", 0o600));
    return new DatabaseSync(path);
  } catch (error) {
    if (error instanceof Error && "syscall" in error) {
      throw new StoreUnavailableError(path, error.message, { cause: error });
    }
    throw translateError(path, error);
  }
}

function verify(database: DatabaseSync, path: string): void {
  const tables = readNumber(database, "SELECT count(*) AS n FROM sqlite_schema", "n");
  if (tables === 0) {
    database.exec(schema);
    return;
  }
  if (readNumber(database, "PRAGMA application_id", "application_id") !== applicationId) {
    throw new StoreCorruptError(path, "it belongs to another program");
  }
  const version = readNumber(database, "PRAGMA user_version", "user_version");
  if (version > schemaVersion) throw new StoreNewerError(path, version, schemaVersion);
  const verdict = database.prepare("PRAGMA integrity_check(1)").get()?.integrity_check;
  if (verdict !== "ok") throw new StoreCorruptError(path, String(verdict));
}

function readNumber(database: DatabaseSync, sql: string, column: string): number {
  const value = database.prepare(sql).get()?.[column];
  return typeof value === "number" ? value : Number.NaN;
}
