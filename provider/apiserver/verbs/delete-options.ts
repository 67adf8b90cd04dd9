/**
 * What a request to delete asks for: from its body, or, where there is none, from the query. Owns the judgement of both.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/
 */
import type { FieldError } from "../../core/field-error";
import type { ResourceRequest } from "../context";
import { isRecord, type JsonRecord } from "../object";
import { badRequest, invalid } from "../status";

const policies = ["Foreground", "Background", "Orphan"] as const;
export type PropagationPolicy = (typeof policies)[number];

export interface DeleteOptions {
  readonly policy?: PropagationPolicy;
  /** Whether a deletion that waits is to be told apart from one that is done, which only clients of old ask for. */
  readonly tellsOfWaiting?: boolean;
  /** Preconditions. */
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly dryRun: boolean;
}

/** As they were sent, of the right types. No kind that is served ends gracefully, so that its time is only read. */
interface GivenOptions {
  readonly propagationPolicy?: string | undefined;
  readonly orphanDependents?: boolean | undefined;
  readonly dryRun?: readonly string[] | undefined;
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

/** @throws ApiError 400 for what cannot be read, 422 with every fault of what can */
export function parseDeleteOptions({ body, query }: Pick<ResourceRequest, "body" | "query">): DeleteOptions {
  const given = body === undefined ? optionsOfQuery(query) : optionsOfBody(body);
  const { propagationPolicy, orphanDependents, dryRun = [], uid, resourceVersion } = given;
  const faults = [...policyFaults(given), ...dryRunFaults(dryRun)];
  if (faults.length > 0) throw invalid({ group: "meta.k8s.io", plural: "", kind: "DeleteOptions" }, "", faults);
  const policy = policies.find((each) => each === propagationPolicy) ?? legacyPolicy(orphanDependents);
  return {
    ...(policy === undefined ? {} : { policy }),
    ...(orphanDependents === false ? { tellsOfWaiting: true } : {}),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    dryRun: dryRun.length > 0,
  };
}

function legacyPolicy(orphanDependents: boolean | undefined): PropagationPolicy | undefined {
  if (orphanDependents === undefined) return undefined;
  return orphanDependents ? "Orphan" : "Background";
}

function policyFaults({ propagationPolicy: badValue, orphanDependents }: GivenOptions): readonly FieldError[] {
  if (badValue === undefined) return [];
  const field = "propagationPolicy";
  if (orphanDependents !== undefined) {
    const detail = "cannot be given together with orphanDependents: leave orphanDependents out";
    return [{ type: "FieldValueInvalid", field, badValue, detail }];
  }
  if (policies.some((policy) => policy === badValue)) return [];
  return [{ type: "FieldValueNotSupported", field, badValue, detail: `must be one of ${policies.join(", ")}` }];
}

function dryRunFaults(dryRun: readonly string[]): readonly FieldError[] {
  if (dryRun.every((each) => each === "All")) return [];
  return [{ type: "FieldValueNotSupported", field: "dryRun", badValue: dryRun, detail: 'only "All" is supported' }];
}

/** Whatever version of its group the body names, it says the same. */
function optionsOfBody(body: unknown): GivenOptions {
  if (body === null) return {};
  if (!isRecord(body)) throw badRequest("the body of a deletion is not a DeleteOptions object");
  const { kind = "DeleteOptions", apiVersion = "v1" } = body;
  if (kind !== "DeleteOptions") {
    throw badRequest(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}: the body of a deletion is a DeleteOptions object, or nothing`,
    );
  }
  const preconditions = read(body, "preconditions", isRecord, "an object") ?? {};
  read(body, "gracePeriodSeconds", isWhole, "a whole number");
  return {
    propagationPolicy: read(body, "propagationPolicy", isText, "a string"),
    orphanDependents: read(body, "orphanDependents", isBoolean, "true or false"),
    dryRun: read(body, "dryRun", isTexts, "a list of strings"),
    uid: read(preconditions, "uid", isText, "a string"),
    resourceVersion: read(preconditions, "resourceVersion", isText, "a string"),
  };
}

const isText = (value: unknown): value is string => typeof value === "string";
const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);

function read<T>(record: JsonRecord, field: string, fits: (value: unknown) => value is T, what: string): T | undefined {
  const value = record[field] ?? undefined;
  if (value === undefined || fits(value)) return value;
  throw badRequest(`DeleteOptions.${field}: ${JSON.stringify(value)} is not ${what}`);
}

function optionsOfQuery(query: URLSearchParams): GivenOptions {
  const grace = query.get("gracePeriodSeconds");
  if (grace !== null && !/^[+-]?\d+$/.test(grace)) {
    throw badRequest(`gracePeriodSeconds: ${JSON.stringify(grace)} is not a whole number`);
  }
  const orphan = query.get("orphanDependents");
  return {
    propagationPolicy: query.get("propagationPolicy") ?? undefined,
    orphanDependents: orphan === null ? undefined : !["false", "0"].includes(orphan.toLowerCase()),
    dryRun: query.getAll("dryRun"),
    uid: query.get("uid") ?? undefined,
    resourceVersion: query.get("resourceVersion") ?? undefined,
  };
}
