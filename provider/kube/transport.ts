/**
 * One HTTP request to a Kubernetes API: credentials, JSON in and out, Status bodies turned into ApiError, everything
 * below HTTP into UnreachableError. Retries nothing.
 */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { hasCode } from "../runtime/error-code";
import type { Connection, RequestCredentials } from "./connection";
import { ApiError, type StatusCauseLike, UnreachableError } from "./errors";

export interface HttpCall {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds of silence after which the call fails. */
  readonly timeoutMs: number;
}

/**
 * Milliseconds that a connection may take to come about. The kernel asks again ever more rarely, after 16 seconds in the
 * end: a new connection reaches a server that is back sooner than one that was begun while it was away.
 */
const connectTimeoutMs = 5_000;

/** Longest body that is read whole; a list of objects larger than this must be paged. */
const maxBodyBytes = 256 * 1024 * 1024;

/** Sends the call and resolves when the response's headers are there. */
export async function open(connection: Connection, call: HttpCall): Promise<IncomingMessage> {
  const credentials = await connection.credentials();
  const url = new URL(connection.server + call.path);
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const payload = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
  const headers: Record<string, string> = {
    accept: "application/json",
    "user-agent": "pulumi-kubevirt",
    ...credentials.headers,
  };
  if (payload !== undefined) {
    headers["content-type"] = call.contentType ?? "application/json";
    headers["content-length"] = String(payload.length);
  }
  return new Promise((resolve, reject) => {
    const send = url.protocol === "http:" ? httpRequest : httpsRequest;
    const request: ClientRequest = send(url, {
      method: call.method,
      headers,
      agent: credentials.agent,
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
    const fail = (error: Error) => {
      // A kept connection that the server closed meanwhile says nothing about the server: ask once more on a new one.
      const stale = request.reusedSocket && hasCode(error, "ECONNRESET");
      if (stale && call.method === "GET" && call.signal?.aborted !== true) return resolve(open(connection, call));
      closeIdle(credentials.agent);
      reject(call.signal?.aborted === true ? call.signal.reason : new UnreachableError(connection.server, error));
    };
    request.setTimeout(call.timeoutMs, () => {
      request.destroy(new Error(`no answer within ${call.timeoutMs / 1000} s`));
    });
    request.once("socket", (socket) => {
      if (!socket.connecting) return;
      const timer = setTimeout(() => {
        request.destroy(new Error(`no connection within ${connectTimeoutMs / 1000} s`));
      }, connectTimeoutMs);
      for (const end of ["connect", "close"]) socket.once(end, () => clearTimeout(timer));
    });
    request.once("error", fail);
    request.once("response", (response) => {
      request.off("error", fail);
      request.on("error", (error) => response.destroy(error));
      resolve(response);
    });
    request.end(payload);
  });
}

/** After a call that nobody answered: what was kept open beside it leads to the same place, and would be waited for too. */
function closeIdle({ freeSockets }: RequestCredentials["agent"]): void {
  for (const sockets of Object.values(freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

/** Sends the call and reads the whole JSON answer. */
export async function exchange(connection: Connection, call: HttpCall): Promise<unknown> {
  const response = await open(connection, call);
  const text = await readText(connection, response, call.signal);
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) {
    if (text === "") return undefined;
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new UnreachableError(connection.server, new Error("the answer is not JSON", { cause }));
    }
  }
  throw apiError(status, text, response.headers["retry-after"]);
}

/** The refusal that a non-2xx answer means. */
export function apiError(code: number, body: string, retryAfter?: string): ApiError {
  const status = parseStatus(body);
  const seconds = retryAfter === undefined ? Number.NaN : Number(retryAfter);
  return new ApiError(status.message ?? (body.trim().slice(0, 500) || `HTTP ${code}`), {
    code,
    ...(status.reason === undefined ? {} : { reason: status.reason }),
    causes: status.causes,
    retryAfterSeconds: Number.isFinite(seconds) ? seconds : undefined,
  });
}

export async function readText(
  connection: Connection,
  response: IncomingMessage,
  signal?: AbortSignal,
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
      size += bytes.length;
      if (size > maxBodyBytes) throw new Error(`the answer is longer than ${maxBodyBytes} bytes`);
      chunks.push(bytes);
    }
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    throw new UnreachableError(connection.server, error instanceof Error ? error : new Error(String(error)));
  }
  return Buffer.concat(chunks).toString("utf8");
}

export interface StatusLike {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly causes: readonly StatusCauseLike[];
}

function parseStatus(body: string): StatusLike {
  try {
    return readStatus(JSON.parse(body));
  } catch (error) {
    if (error instanceof SyntaxError) return { causes: [] };
    throw error;
  }
}

/** The fields of a Kubernetes Status that matter here, from anything. */
export function readStatus(value: unknown): StatusLike {
  if (typeof value !== "object" || value === null) return { causes: [] };
  const status = value as {
    message?: unknown;
    reason?: unknown;
    code?: unknown;
    details?: { causes?: unknown } | null;
  };
  const causes = Array.isArray(status.details?.causes) ? status.details.causes.flatMap(readCause) : [];
  return {
    ...(typeof status.message === "string" ? { message: status.message } : {}),
    ...(typeof status.reason === "string" ? { reason: status.reason } : {}),
    ...(typeof status.code === "number" ? { code: status.code } : {}),
    causes,
  };
}

function readCause(value: unknown): StatusCauseLike[] {
  if (typeof value !== "object" || value === null) return [];
  const { reason, message, field } = value as { reason?: unknown; message?: unknown; field?: unknown };
  return [
    {
      ...(typeof reason === "string" ? { reason } : {}),
      ...(typeof message === "string" ? { message } : {}),
      ...(typeof field === "string" ? { field } : {}),
    },
  ];
}
