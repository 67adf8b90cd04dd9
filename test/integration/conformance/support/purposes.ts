/**
 * Where the local server differs from Kubernetes on purpose. An entry that explains nothing any more fails the suite:
 * the table cannot grow stale.
 */
import { isDeepStrictEqual } from "node:util";
import { isRecord, textAt } from "../../../../provider/apiserver/object";
import type { Divergence } from "./compare";

export interface Purpose {
  readonly reason: string;
  readonly explains: (divergence: Divergence) => boolean;
}

export const purposes: readonly Purpose[] = [
  {
    reason: "the words of a refusal are the project's own, and name the remedy",
    explains: ({ path, local, kubernetes }) =>
      /^body\.message$/.test(path) && typeof local === "string" && typeof kubernetes === "string",
  },
  {
    reason: "kubectl prints a refusal in the words of the server",
    explains: ({ step, path, local, kubernetes }) =>
      step.startsWith("kubectl ") && path === "stderr" && isRefusedAlike(String(local), String(kubernetes)),
  },
  {
    reason: "a fault is told once, at the very field; Kubernetes repeats it, or tells it of a part above",
    explains: ({ path, local, kubernetes }) => path === "body.details.causes" && concernSameFields(local, kubernetes),
  },
  {
    reason: "an object without a name has the empty one in a refusal",
    explains: ({ path, local, kubernetes }) => path === "body.details.name" && local === "" && kubernetes === undefined,
  },
  {
    reason: "a fault of the client's is no internal error",
    explains: ({ path, local, kubernetes }) =>
      (/^(body\.)?code$/.test(path) && (local === 400 || local === 406) && kubernetes === 500) ||
      (path === "body.reason" && (local === "BadRequest" || local === "NotAcceptable") && kubernetes === undefined),
  },
  {
    reason: "what is allowed but probably not meant is warned of",
    explains: ({ path, local, kubernetes }) =>
      path === "headers.warning" && String(local).replace(unrequestedMemory, "") === String(kubernetes ?? ""),
  },
  {
    reason: "an object of another kind is refused without a look at its fields",
    explains: ({ path, local, kubernetes }) =>
      path === "headers.warning" && local === undefined && kubernetes === '299 - "unknown field \\"spec\\""',
  },
  {
    reason: "an empty token to continue with is left out for custom kinds too",
    explains: ({ path, local, kubernetes }) =>
      /(?:^|\.)metadata\.continue$/.test(path) && local === undefined && kubernetes === "",
  },
  {
    reason: "the local server collects what is owned, and takes its finalizers away when that is done",
    explains: ({ path, local, kubernetes }) =>
      path === "body.metadata.finalizers" && isDeepStrictEqual(local ?? [], withoutCollector(kubernetes)),
  },
  {
    reason: "a path that is not served is refused with a status, as everything else is",
    explains: ({ path, local, kubernetes }) =>
      (path === "body" && textAt(local, "reason") === "NotFound" && kubernetes === "404 page not found\n") ||
      (path === "headers.content-type" && local === "application/json" && /^text\/plain/.test(String(kubernetes))),
  },
  {
    reason: "every record of who wrote what has its time",
    explains: ({ path, local, kubernetes }) =>
      /\.managedFields\[\d+\]\.time$/.test(path) && local === "<time>" && kubernetes === undefined,
  },
  {
    reason: "a refusal that has no details is without them",
    explains: ({ path, local, kubernetes }) =>
      path === "body.details" && local === undefined && isDeepStrictEqual(kubernetes, {}),
  },
  {
    reason: "events and leases have one writer each, and nobody asks which fields it wrote",
    explains: ({ step, path, local }) =>
      /\/(?:events|leases)\b/.test(step) && path.endsWith(".managedFields") && local === undefined,
  },
  {
    reason: "what nobody said of an event is left out",
    explains: ({ step, path, local, kubernetes }) =>
      /\/events\b/.test(step) && /^body\./.test(path) && local === undefined && isNothing(kubernetes),
  },
  {
    reason: "a number or a text is told by Kubernetes' own mark alone",
    explains: ({ step, path, local }) =>
      /^\w+\.(?:spec|status)$/.test(step) && path.endsWith(".anyOf") && local === undefined,
  },
  {
    reason: "descriptions of columns are the project's own",
    explains: ({ path }) => /columnDefinitions\[\d+\]\.description$/.test(path),
  },
];

/** What is left of kubectl's complaints without the server's words. */
const refusals = [
  /^Error from server \((\w+)\): /m,
  /^The .*\b(?:is|was) (invalid): /m,
  /^error: (\S+ is not supported by [^:]*): /m,
] as const;

function isRefusedAlike(local: string, kubernetes: string): boolean {
  return refusals.some((pattern) => {
    const [ours, theirs] = [pattern.exec(local)?.[1], pattern.exec(kubernetes)?.[1]];
    return ours !== undefined && ours === theirs;
  });
}

function isNothing(value: unknown): boolean {
  return value === null || value === "" || isDeepStrictEqual(value, {});
}

/** Finalizers without those that a garbage collector answers for. */
function withoutCollector(finalizers: unknown): unknown {
  if (!Array.isArray(finalizers)) return finalizers;
  return finalizers.filter((each) => each !== "orphan" && each !== "foregroundDeletion");
}

const unrequestedMemory = /(?:, )?299 - "[^"]*no memory is requested[^"]*"/;

const aside = new Set(["", "<nil>"]);

/** Each side's fields are, or are within, or around, fields of the other. */
function concernSameFields(local: unknown, kubernetes: unknown): boolean {
  const [ours, theirs] = [fieldsOf(local), fieldsOf(kubernetes)];
  const near = (one: string, other: string) => one.startsWith(other) || other.startsWith(one);
  const covers = (some: readonly string[], all: readonly string[]) =>
    all.every((field) => some.some((each) => near(each, field)));
  return ours.length > 0 && covers(ours, theirs) && covers(theirs, ours);
}

function fieldsOf(causes: unknown): readonly string[] {
  if (!Array.isArray(causes)) return [];
  return causes.filter(isRecord).flatMap((cause) => {
    const field = textAt(cause, "field");
    // Of references, Kubernetes does not say which one it means.
    return aside.has(field) ? [] : [field.replace(/^\./, "").replaceAll(/\[\d+\]/g, "")];
  });
}
