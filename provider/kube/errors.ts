/** What can go wrong between a client and a Kubernetes API: an answer that refuses, or no answer at all. */
import { type Call, resourceText } from "../core/permission";

export interface StatusCauseLike {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** The API server answered with a Status that is not a success. */
export class ApiError extends Error {
  /** HTTP status code. */
  readonly code: number;
  /** Kubernetes reason such as NotFound, AlreadyExists, Conflict, Invalid; "Unknown" when the body had none. */
  readonly reason: string;
  readonly causes: readonly StatusCauseLike[];
  /** Seconds to wait as the server asked with Retry-After. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    message: string,
    detail: {
      code: number;
      reason?: string;
      causes?: readonly StatusCauseLike[];
      retryAfterSeconds?: number | undefined;
    },
  ) {
    super(message);
    this.name = "ApiError";
    this.code = detail.code;
    this.reason = detail.reason ?? "Unknown";
    this.causes = detail.causes ?? [];
    this.retryAfterSeconds = detail.retryAfterSeconds;
  }
}

/** No answer: refused, reset, timed out, TLS not trusted. Says nothing about whether the object exists. */
export class UnreachableError extends Error {
  /** The server's base URL. */
  readonly server: string;
  constructor(server: string, cause: Error) {
    super(`the Kubernetes API at ${server} cannot be reached: ${describeCause(cause)}`, { cause });
    this.name = "UnreachableError";
    this.server = server;
  }
}

/** The program has called what its permissions do not have: a mistake in the program, found before anything is sent. */
export class NotPermittedError extends Error {
  readonly call: Call;

  constructor(call: Call) {
    const what = call.name === undefined ? resourceText(call) : `${resourceText(call)} ${JSON.stringify(call.name)}`;
    const where = call.namespace === undefined ? "" : ` in namespace ${JSON.stringify(call.namespace)}`;
    const subresource = call.subresource === undefined ? "" : ` subresource: "${call.subresource}",`;
    const line = `{ resource: ${call.resource.plural},${subresource} verbs: ["${call.verb}"] }`;
    super(
      `the program does not say that it will ${call.verb} ${what}${where}, so a cluster would refuse it; add ${line} to controllerPermissions (provider/controller/permissions.ts) or agentPermissions (provider/agent/permissions.ts), whichever runs this`,
    );
    this.name = "NotPermittedError";
    this.call = call;
  }
}

/** What was to be written is no longer this process's business: another one leads by now. */
export class NoLongerAllowedError extends Error {
  constructor() {
    super("this process does not lead any more, and writes nothing");
    this.name = "NoLongerAllowedError";
  }
}

/** The kubeconfig is absent, unreadable, or does not name what was asked for. */
export class KubeconfigError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KubeconfigError";
  }
}

/** There is no such object, in the API's own words. A 404 without them (a proxy's, or a group that is not served) is not. */
export const isNotFound = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.code === 404 && error.reason === "NotFound";

/** The object is there in another version, or is another one of that name, than the one that was meant. */
export const isConflict = (error: unknown): error is ApiError =>
  error instanceof ApiError && ((error.code === 409 && error.reason !== "AlreadyExists") || namesAnotherObject(error));

/** A patch with another uid is no conflict to the server, but a change of what nobody can change. */
const namesAnotherObject = ({ code, causes }: ApiError): boolean =>
  code === 422 && causes.some(({ field }) => field === "metadata.uid");

export const isAlreadyExists = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.code === 409 && error.reason === "AlreadyExists";

/** The watch or list token is older than the server remembers: list again. */
export const isGone = (error: unknown): error is ApiError => error instanceof ApiError && error.code === 410;

/** Worth trying again unchanged: overload, a server fault, or no answer. */
export const isTransient = (error: unknown): boolean =>
  error instanceof UnreachableError || (error instanceof ApiError && (error.code === 429 || error.code >= 500));

function describeCause(cause: Error): string {
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
  if (code === "ECONNREFUSED") return "connection refused";
  // Node tries every address of a name and reports the failures together, with no words of its own.
  if (cause.message === "" && cause instanceof AggregateError && cause.errors[0] instanceof Error) {
    return describeCause(cause.errors[0]);
  }
  return cause.message === "" ? (code ?? cause.name) : cause.message;
}
