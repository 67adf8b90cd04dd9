/** The SQL of the running store, prepared once, and what its rows mean. The schema is in `sqlite-open`. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Entry, StoreEvent } from "./store";

export type Row = Readonly<Record<string, unknown>>;

export type Statements = { readonly [name in keyof typeof statements]: StatementSync };

const statements = {
  newest: "SELECT coalesce(max(seq), 0) AS id FROM sqlite_sequence WHERE name = 'revision'",
  latest: "SELECT id, key, deleted, value FROM revision WHERE key = ? ORDER BY id DESC LIMIT 1",
  insert: "INSERT INTO revision (key, previous, deleted, at, value) VALUES (?, ?, ?, ?, ?)",
  // A bare column beside max() comes from the row that holds the maximum: https://www.sqlite.org/lang_select.html#bareagg
  list: `
    SELECT r.id, r.key, r.value FROM
      (SELECT max(id) AS id, key, deleted FROM revision WHERE key > ? AND key < ? AND id <= ?
       GROUP BY key HAVING deleted = 0 ORDER BY key LIMIT ?) AS newest
    CROSS JOIN revision AS r ON r.id = newest.id ORDER BY newest.key`,
  count: `
    SELECT count(*) AS n FROM
      (SELECT max(id), deleted FROM revision WHERE key > ? AND key < ? AND id <= ? GROUP BY key HAVING deleted = 0)`,
  history: `
    SELECT r.id, r.key, r.deleted, r.value, p.deleted AS previousDeleted, p.value AS previousValue
    FROM revision AS r LEFT JOIN revision AS p ON p.id = r.previous
    WHERE r.id > ? AND r.id <= ? AND r.key >= ? AND r.key < ? ORDER BY r.id LIMIT ?`,
  before: "SELECT id FROM revision WHERE at < ? ORDER BY id DESC LIMIT 1",
  compaction: "SELECT revision, swept FROM compaction",
  setCompacted: "UPDATE compaction SET revision = ?",
  setSwept: "UPDATE compaction SET swept = ?",
  // A row makes exactly its predecessor obsolete, and a deletion makes itself so once its predecessor is gone.
  sweepPredecessors: "DELETE FROM revision WHERE id IN (SELECT previous FROM revision WHERE id > ? AND id <= ?)",
  sweepDeletions: "DELETE FROM revision WHERE id > ? AND id <= ? AND deleted = 1",
} as const;

export function prepareStatements(database: DatabaseSync): Statements {
  const prepare = (name: keyof typeof statements) => database.prepare(statements[name]);
  return {
    newest: prepare("newest"),
    latest: prepare("latest"),
    insert: prepare("insert"),
    list: prepare("list"),
    count: prepare("count"),
    history: prepare("history"),
    before: prepare("before"),
    compaction: prepare("compaction"),
    setCompacted: prepare("setCompacted"),
    setSwept: prepare("setSwept"),
    sweepPredecessors: prepare("sweepPredecessors"),
    sweepDeletions: prepare("sweepDeletions"),
  };
}

export function numberOf(row: Row | undefined, column: string): number {
  const value = row?.[column];
  return typeof value === "number" ? value : 0;
}

function textOf(row: Row, column: string): string {
  const value = row[column];
  return typeof value === "string" ? value : "";
}

export function toEntry(row: Row): Entry {
  return { key: textOf(row, "key"), value: textOf(row, "value"), revision: numberOf(row, "id") };
}

export function toEvent(row: Row): StoreEvent {
  const { key, value, revision } = toEntry(row);
  const existed = typeof row.previousValue === "string" && numberOf(row, "previousDeleted") === 0;
  if (!existed && numberOf(row, "deleted") === 0) return { type: "created", key, value, revision };
  const previous = existed ? { previous: textOf(row, "previousValue") } : {};
  return { type: numberOf(row, "deleted") === 1 ? "deleted" : "updated", key, value, revision, ...previous };
}

/** The first text after all that start with `prefix`. */
export function prefixEnd(prefix: string): string {
  if (prefix === "") return "\u{10ffff}";
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}
