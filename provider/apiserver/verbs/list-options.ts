/**
 * What a list or a watch is asked for beside its selectors: how much, of which version, for how long. Owns the reading
 * of these options, what is meant where they are left out, and which of them contradict each other.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
import type { FieldError } from "../../core/field-error";
import { badRequest, invalid } from "../status";
import { parseFlag, parseInteger } from "./options";

export interface ListOptions {
  /** At least 1; absent when nothing is to be cut off. */
  readonly limit?: number;
  /** Absent when the server chooses; may be negative. */
  readonly timeoutSeconds?: number;
  /** As given; "" and "0" leave the choice to the server, each in its own way. */
  readonly resourceVersion: string;
  readonly match: "" | "Exact" | "NotOlderThan";
  /** A token to continue with, or "". */
  readonly token: string;
  /** Whether a watch begins with what is there; absent where the version decides. */
  readonly sendInitialEvents?: boolean;
  readonly bookmarks: boolean;
}

const matches = ["", "Exact", "NotOlderThan"] as const;

/** @throws ApiError 400 for what is no number, 422 for options that contradict each other */
export function parseListOptions(query: URLSearchParams): ListOptions {
  const timeoutSeconds = parseInteger(query, "timeoutSeconds");
  const limit = parseInteger(query, "limit") ?? 0;
  const given = givenOptions(query);
  const faults = given.watch ? watchFaults(given) : listFaults(given);
  const match = matches.find((each) => each === given.match);
  if (match === undefined || faults.length > 0) {
    throw invalid({ group: "meta.k8s.io", plural: "", kind: "ListOptions" }, "", faults);
  }
  return {
    ...(limit > 0 ? { limit } : {}),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(given.sendInitialEvents === undefined ? {} : { sendInitialEvents: given.sendInitialEvents }),
    resourceVersion: given.resourceVersion,
    match,
    token: given.token,
    bookmarks: parseFlag(query, "allowWatchBookmarks"),
  };
}

/** The newest, 0, when the text is empty. @throws ApiError 400 */
export function parseRevision(text: string): number {
  if (text === "") return 0;
  if (!/^\d{1,20}$/.test(text) || BigInt(text) >= 2n ** 64n) {
    throw badRequest(`invalid resource version: ${JSON.stringify(text)} is not a whole number of at least 0`);
  }
  return Number(text);
}

type GivenOptions = ReturnType<typeof givenOptions>;

function givenOptions(query: URLSearchParams) {
  const watch = parseFlag(query, "watch");
  const resourceVersion = query.get("resourceVersion") ?? "";
  const token = query.get("continue") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  if (query.has("sendInitialEvents")) {
    return { watch, resourceVersion, token, match, sendInitialEvents: parseFlag(query, "sendInitialEvents") };
  }
  // From before there was the option: a watch of no version in particular begins with what is there.
  return watch && match === "" && (resourceVersion === "" || resourceVersion === "0")
    ? { watch, resourceVersion, token, match: "NotOlderThan", sendInitialEvents: true }
    : { watch, resourceVersion, token, match };
}

function watchFaults({ match, token, sendInitialEvents }: GivenOptions): readonly FieldError[] {
  const asked = sendInitialEvents !== undefined;
  const faults: FieldError[] = [];
  if (asked && match !== "NotOlderThan") {
    faults.push(forbidden("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
  }
  if (match === "") return faults;
  if (!asked) {
    faults.push(forbidden("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
  }
  if (match !== "NotOlderThan") faults.push(unsupported(match, ["NotOlderThan"]));
  if (token !== "") faults.push(forbidden("resourceVersionMatch is forbidden when continue is provided"));
  return faults;
}

function listFaults({ match, token, resourceVersion, sendInitialEvents }: GivenOptions): readonly FieldError[] {
  const faults: FieldError[] = [];
  if (match !== "") {
    if (resourceVersion === "") {
      faults.push(forbidden("resourceVersionMatch is forbidden unless resourceVersion is provided"));
    }
    if (token !== "") faults.push(forbidden("resourceVersionMatch is forbidden when continue is provided"));
    if (match !== "Exact" && match !== "NotOlderThan") faults.push(unsupported(match, ["Exact", "NotOlderThan"]));
    if (match === "Exact" && resourceVersion === "0") {
      faults.push(forbidden('resourceVersionMatch "Exact" is forbidden for resourceVersion "0"'));
    }
  }
  if (sendInitialEvents !== undefined) {
    faults.push({ ...forbidden("sendInitialEvents is forbidden for list"), field: "sendInitialEvents" });
  }
  return faults;
}

function forbidden(detail: string): FieldError {
  return { type: "FieldValueForbidden", field: "resourceVersionMatch", detail };
}

function unsupported(badValue: string, supported: readonly string[]): FieldError {
  const detail = `supported values: ${supported.map((each) => JSON.stringify(each)).join(", ")}`;
  return { type: "FieldValueNotSupported", field: "resourceVersionMatch", badValue, detail };
}
