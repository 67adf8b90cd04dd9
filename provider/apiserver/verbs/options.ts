/** The query parameters that several verbs share, parsed. */
import { badRequest } from "../status";

/** @throws ApiError 400 for another value than All */
export function parseDryRun(query: URLSearchParams): boolean {
  const values = query.getAll("dryRun").filter((value) => value !== "");
  const unknown = values.find((value) => value !== "All");
  if (unknown !== undefined) throw badRequest(`dryRun: ${JSON.stringify(unknown)} is not supported: only "All" is`);
  return values.length > 0;
}

export function parseFlag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== "false" && value !== "0";
}

/** A whole number of at least 0, or undefined when the parameter is absent. @throws ApiError 400 */
export function parseCount(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw badRequest(`${name}: ${JSON.stringify(text)} is not a whole number`);
  }
  return value;
}
