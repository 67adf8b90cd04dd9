/**
 * Kubernetes Status answers: every refusal of the server, with the code, reason and words that kubectl and client
 * libraries act on. Owns `ApiError`, thrown by verbs and rendered by the server, and the rendering of field errors.
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#response-status-kind
 */
import { type FieldError, quoteValue } from "../core/field-error";

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: Readonly<Record<string, never>>;
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

/** What an error is about, in the words of the registry. */
export interface Subject {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;

  constructor(code: number, reason: string, message: string, details?: StatusDetails, options?: ErrorOptions) {
    super(message, options);
    this.name = "ApiError";
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  toStatus(): Status {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: this.message,
      reason: this.reason,
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

export function success(details: StatusDetails): Status {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
}

/** `virtualmachines.kubevirt.io`, or the bare plural in the core group. */
export function qualifiedResource(subject: Subject): string {
  return subject.group === "" ? subject.plural : `${subject.plural}.${subject.group}`;
}

function detailsOf(subject: Subject, name?: string): StatusDetails {
  return {
    ...(name === undefined ? {} : { name }),
    ...(subject.group === "" ? {} : { group: subject.group }),
    kind: subject.plural,
  };
}

export function notFound(subject: Subject, name: string): ApiError {
  const message = `${qualifiedResource(subject)} ${JSON.stringify(name)} not found`;
  return new ApiError(404, "NotFound", message, detailsOf(subject, name));
}

/** No such path: what a server says about a resource that it does not serve. */
export function unknownPath(subject?: Subject, name?: string): ApiError {
  const details = subject === undefined ? {} : detailsOf(subject, name);
  return new ApiError(404, "NotFound", "the server could not find the requested resource", details);
}

export function alreadyExists(subject: Subject, name: string): ApiError {
  const message = `${qualifiedResource(subject)} ${JSON.stringify(name)} already exists`;
  return new ApiError(409, "AlreadyExists", message, detailsOf(subject, name));
}

export function conflict(subject: Subject, name: string, why = modified): ApiError {
  const message = `Operation cannot be fulfilled on ${qualifiedResource(subject)} ${JSON.stringify(name)}: ${why}`;
  return new ApiError(409, "Conflict", message, detailsOf(subject, name));
}

const modified = "the object has been modified; please apply your changes to the latest version and try again";

export function forbidden(subject: Subject, name: string, why: string, causes?: readonly StatusCause[]): ApiError {
  const message = `${qualifiedResource(subject)} ${JSON.stringify(name)} is forbidden: ${why}`;
  return new ApiError(403, "Forbidden", message, { ...detailsOf(subject, name), ...(causes ? { causes } : {}) });
}

export function badRequest(message: string, options?: ErrorOptions): ApiError {
  return new ApiError(400, "BadRequest", message, undefined, options);
}

export function expired(message: string): ApiError {
  return new ApiError(410, "Expired", message);
}

export function methodNotAllowed(method: string, subject?: Subject): ApiError {
  const details = subject === undefined ? {} : detailsOf(subject);
  return new ApiError(
    405,
    "MethodNotAllowed",
    `the server does not allow ${method} on the requested resource`,
    details,
  );
}

export function unsupportedMediaType(
  given: string,
  supported: readonly string[],
  details?: Readonly<Record<string, never>>,
): ApiError {
  return new ApiError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format (${given}) - accepted media types include: ${supported.join(", ")}`,
    details,
  );
}

/** Faults named in one answer: more of them help nobody, and a hostile object could have any number. */
const mostCauses = 100;

export function invalid(subject: Subject, name: string, errors: readonly FieldError[]): ApiError {
  const named = errors.slice(0, mostCauses);
  const causes = named.map(
    (error): StatusCause => ({ reason: error.type, message: renderCause(error), field: error.field }),
  );
  const rest = errors.length - named.length;
  const lines = [
    ...named.map((error) => `${error.field}: ${renderCause(error)}`),
    ...(rest === 0 ? [] : [`and ${rest} more`]),
  ];
  const qualifiedKind = subject.group === "" ? subject.kind : `${subject.kind}.${subject.group}`;
  const list = lines.length === 1 ? lines[0] : `[${lines.join(", ")}]`;
  const details = { name, ...(subject.group === "" ? {} : { group: subject.group }), kind: subject.kind, causes };
  return new ApiError(422, "Invalid", `${qualifiedKind} ${JSON.stringify(name)} is invalid: ${list}`, details);
}

const causeWords = {
  FieldValueNotFound: "Not found",
  FieldValueRequired: "Required value",
  FieldValueDuplicate: "Duplicate value",
  FieldValueInvalid: "Invalid value",
  FieldValueNotSupported: "Unsupported value",
  FieldValueForbidden: "Forbidden",
  FieldValueTooLong: "Too long",
  FieldValueTooMany: "Too many",
  FieldValueTypeInvalid: "Invalid value",
} as const satisfies Record<FieldError["type"], string>;

function renderCause(error: FieldError): string {
  const words = causeWords[error.type];
  const valueless = error.type === "FieldValueRequired" || error.type === "FieldValueForbidden";
  const value = valueless || error.badValue === undefined ? "" : `: ${quoteValue(error.badValue)}`;
  return `${words}${value}: ${error.detail}`;
}
