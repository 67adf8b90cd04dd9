/** JSON patch, with the refusals that a server owes: a failed test, a path that is not there, a hostile pointer. */
import jsonPatch, { type Operation } from "fast-json-patch";
import { isRecord } from "../object";
import { badRequest } from "../status";

const operations = new Set(["add", "remove", "replace", "move", "copy", "test"]);
const mostOperations = 10_000;

export class JsonPatchRefused extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "JsonPatchRefused";
  }
}

/** @throws ApiError 400 when it is no patch, JsonPatchRefused when it does not fit the target */
export function applyJsonPatch(target: unknown, patch: unknown): unknown {
  const steps = parseOperations(patch);
  try {
    // Validates each step, leaves the target alone, and bans __proto__ in pointers.
    return jsonPatch.applyPatch(structuredClone(target), steps, true, true, true).newDocument;
  } catch (error) {
    if (!(error instanceof jsonPatch.JsonPatchError) && !(error instanceof TypeError)) throw error;
    const detail = error.message.split("\n")[0] ?? "";
    throw new JsonPatchRefused(detail, { cause: error });
  }
}

function parseOperations(patch: unknown): Operation[] {
  // Nothing to do, in the words of clients that have an empty list.
  if (patch === null) return [];
  if (!Array.isArray(patch)) throw badRequest("a JSON patch is a list of operations");
  if (patch.length > mostOperations) throw badRequest(`a JSON patch has at most ${mostOperations} operations`);
  return patch.map((step: unknown, index) => {
    if (!isOperation(step)) throw new JsonPatchRefused(`operation ${index} of the JSON patch is malformed`);
    return step;
  });
}

function isOperation(step: unknown): step is Operation {
  if (!isRecord(step) || typeof step.op !== "string" || typeof step.path !== "string") return false;
  const needsFrom = step.op === "move" || step.op === "copy";
  return operations.has(step.op) && (!needsFrom || typeof step.from === "string");
}
