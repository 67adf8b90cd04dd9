/** The thinnest client there is: what is given is sent, and what comes is handed over, refusals and all. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Connection } from "../../../../provider/kube/connection";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS";

export interface Call {
  readonly method: Method;
  readonly path: string;
  /** Text and bytes are sent as they are, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Reply {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  /** Parsed when it is JSON. */
  readonly body: unknown;
}

const silenceMs = 20_000;

/** Resolves when the headers are there. */
export async function open(connection: Connection, call: Call): Promise<IncomingMessage> {
  const { headers, agent } = await connection.credentials();
  const { body } = call;
  const payload = body === undefined || typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const request = httpsRequest(connection.server + call.path, {
      method: call.method,
      agent,
      headers: {
        accept: "application/json",
        "user-agent": "conformance/1",
        // Without the length, Node would not tell that a DELETE has a body.
        ...(payload === undefined
          ? {}
          : { "content-type": "application/json", "content-length": String(Buffer.byteLength(payload)) }),
        ...headers,
        ...call.headers,
      },
    });
    request.setTimeout(silenceMs, () => request.destroy(new Error(`${call.method} ${call.path}: no answer`)));
    request.on("error", reject);
    request.on("response", resolve);
    request.end(payload);
  });
}

export async function exchange(connection: Connection, call: Call): Promise<Reply> {
  const response = await open(connection, call);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString();
  const json = /^application\/json/.test(response.headers["content-type"] ?? "");
  return {
    code: response.statusCode ?? 0,
    headers: response.headers,
    body: json && text !== "" ? parseDocument(text) : text,
  };
}

/** A document, or the lines of a stream that has ended. */
function parseDocument(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line): unknown => JSON.parse(line));
  }
}
