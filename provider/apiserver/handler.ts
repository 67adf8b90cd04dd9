/**
 * One HTTP request from its first header to the last byte of its answer. Owns the order: origin, health, token, body,
 * documents about the server, then verbs; and the rendering of whatever came out, refusals included.
 */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { renderFieldError } from "../core/field-error";
import { type Authenticator, type Identity, refuseForeignOrigin } from "./auth";
import { type Body, mediaTypeOf, readBody } from "./body";
import type { Answer, ResourceRequest, ServerContext, Warning } from "./context";
import { aggregatedContentType, discoveryDocument, versionInfo } from "./discovery";
import { GuestRequests } from "./guests/guest-requests";
import { type GuestStreams, parseGuestPath } from "./guests/guest-streams";
import { type Accepted, negotiate, negotiateStream, refusalFormat, requireFit } from "./negotiate";
import { translateStoreError } from "./object-storage";
import { openApiDocument } from "./openapi";
import { openApiV2Bytes, openApiV2Type, wantsProtobuf } from "./protobuf/openapi";
import { eventRenderer, renderAnswer, renderListText } from "./render";
import { answerReview } from "./reviews";
import { answer, type RoutedRequest, route } from "./router";
import { ApiError, methodNotAllowed, unknownPath } from "./status";
import { requirePatchFormat } from "./verbs/patch";
import { streamWatch } from "./watch-stream";

export interface HandlerOptions {
  readonly authenticator: Authenticator;
  /** Values of the Host header that name this server. */
  readonly hosts: ReadonlySet<string>;
  readonly bookmarkMs: number;
  readonly release: string;
  /** Absent where nobody runs guests. */
  readonly guests?: GuestStreams | undefined;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly accepted: Accepted;
}

const noBody: Body = { value: undefined, duplicates: [] };

/** Who is answered is well: what the server needs is there before it listens. */
const healthPath = /^\/(healthz|readyz|livez)(?:\/ping)?$/;

export class RequestHandler {
  readonly #context: ServerContext;
  readonly #options: HandlerOptions;

  readonly #guests: GuestRequests | undefined;

  constructor(context: ServerContext, options: HandlerOptions) {
    this.#context = context;
    this.#options = options;
    this.#guests = options.guests === undefined ? undefined : new GuestRequests(context, options.guests);
  }

  /** Answers whatever comes; never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#serve(request, response);
    } catch (error) {
      await this.#refuse(request, response, error);
    }
  }

  /** A request to go on in another protocol; never rejects. The connection is ended when it is refused. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", (error) => this.#context.log.debug({ err: error }, "upgraded connection failed"));
    try {
      refuseForeignOrigin(request, this.#options.hosts);
      const url = parseUrl(request.url ?? "/");
      const identity = this.#options.authenticator.authenticate(request);
      const path = parseGuestPath(url.pathname);
      if (path === undefined || this.#guests === undefined) throw unknownPath();
      await this.#guests.upgrade({ path, query: url.searchParams, identity }, request, socket, head);
    } catch (error) {
      const refusal = this.#asRefusal(request, error);
      const body = `${JSON.stringify(refusal.toStatus())}\n`;
      const lines = [
        `HTTP/1.1 ${refusal.code} ${STATUS_CODES[refusal.code] ?? "Refused"}`,
        "content-type: application/json",
        `content-length: ${Buffer.byteLength(body)}`,
        "connection: close",
      ];
      socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    refuseForeignOrigin(request, this.#options.hosts);
    const url = parseUrl(request.url ?? "/");
    const health = healthPath.exec(url.pathname)?.[1];
    if (health !== undefined) {
      sendText(response, url.searchParams.has("verbose") ? `[+]ping ok\n${health} check passed\n` : "ok");
      return;
    }
    const identity = this.#options.authenticator.authenticate(request);
    if (url.pathname === "/openapi/v2" && wantsProtobuf(request.headers.accept)) {
      sendBytes(response, 200, openApiV2Bytes(), openApiV2Type);
      return;
    }
    const exchange = { request, response, url, accepted: negotiate(request.headers.accept) };
    if (await this.#serveDocument(exchange, identity)) return;
    const guest = parseGuestPath(url.pathname);
    if (guest !== undefined && this.#guests !== undefined && request.method === "GET") {
      await this.#guests.answer({ path: guest, query: url.searchParams, identity }, response);
      return;
    }
    await this.#serveResource(exchange);
  }

  /** Documents about the server itself. Answers whether the path was one. */
  async #serveDocument({ request, response, url, accepted }: Exchange, identity: Identity): Promise<boolean> {
    const { pathname } = url;
    const reads = request.method === "GET" || request.method === "HEAD";
    if (pathname === "/version") {
      if (!reads) throw methodNotAllowed(request.method ?? "");
      return send(response, 200, versionInfo(this.#options.release), accepted);
    }
    if (request.method === "POST") {
      if (!pathname.endsWith("reviews")) return false;
      const review = answerReview(pathname, (await readBody(request)).value, identity);
      return review !== undefined && send(response, 201, review, accepted);
    }
    if (!reads) return false;
    const { registry } = this.#context;
    const description = await openApiDocument(pathname, registry);
    if (description !== undefined) return send(response, 200, description, accepted);
    const document = discoveryDocument(pathname, registry, accepted);
    if (document === undefined) return false;
    const aggregated = document.kind === "APIGroupDiscoveryList";
    return send(response, 200, document, accepted, aggregated ? aggregatedContentType : undefined);
  }

  async #serveResource({ request, response, url, accepted: wanted }: Exchange): Promise<void> {
    const raw = {
      method: request.method ?? "",
      url,
      contentType: mediaTypeOf(request),
      userAgent: request.headers["user-agent"] ?? "",
    };
    // Routed before the body is read: a path that is not served costs nothing.
    const routed = route(this.#context, raw);
    if (routed.verb === "patch") requirePatchFormat(routed);
    const accepted = routed.verb === "watch" ? negotiateStream(request.headers.accept) : wanted;
    requireFitOfWrite(routed, accepted);
    const { value: body, duplicates } = hasBody(routed) ? await readBody(request) : noBody;
    const result = await this.#answer({ ...routed, body, duplicates });
    if (result instanceof ApiError) {
      sendJson(response, 200, { type: "ERROR", object: result.toStatus() });
      return;
    }
    const { now } = this.#context;
    const { searchParams: query } = url;
    if (result.type === "watch") {
      const render = eventRenderer(result.plan, { accepted, query });
      await streamWatch(result.plan, { response, render, now, bookmarkMs: this.#options.bookmarkMs });
      return;
    }
    if (result.type === "list" && accepted.format === "json" && accepted.as === undefined) {
      sendBytes(response, 200, renderListText(result.list), "application/json");
      return;
    }
    if (result.type === "object") setWarnings(response, result.warnings ?? []);
    const code = result.type === "object" ? result.code : 200;
    await send(response, code, renderAnswer(result, { accepted, query, now: now() }), accepted);
  }

  /** A watch that cannot go on from where it should is no refused request: its first event says so, and its last. */
  async #answer(request: RoutedRequest & ResourceRequest): Promise<Answer | ApiError> {
    try {
      return await answer(this.#context, request);
    } catch (error) {
      const known = translateStoreError(error);
      if (request.verb === "watch" && known instanceof ApiError && known.code === 410) return known;
      throw error;
    }
  }

  #asRefusal(request: IncomingMessage, error: unknown): ApiError {
    const known = translateStoreError(error);
    const refusal =
      known instanceof ApiError ? known : new ApiError(500, "InternalError", "internal error, see the log");
    if (refusal.code >= 500) {
      const path = (request.url ?? "").split("?")[0];
      this.#context.log.error({ err: error, method: request.method, path }, "request failed");
    }
    return refusal;
  }

  async #refuse(request: IncomingMessage, response: ServerResponse, error: unknown): Promise<void> {
    const refusal = this.#asRefusal(request, error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const retryAfter = refusal.details?.retryAfterSeconds;
    if (retryAfter !== undefined) response.setHeader("retry-after", String(retryAfter));
    if (refusal.code === 401) response.setHeader("www-authenticate", "Bearer");
    // What is left of the body is not read; the connection cannot carry another request.
    if (!request.complete) response.setHeader("connection", "close");
    await send(response, refusal.code, refusal.toStatus(), refusalFormat(request.headers.accept));
  }
}

function parseUrl(target: string): URL {
  try {
    return new URL(target, "https://localhost");
  } catch (error) {
    throw new ApiError(400, "BadRequest", "the request's target is not a path", undefined, { cause: error });
  }
}

function hasBody({ verb }: RoutedRequest): boolean {
  switch (verb) {
    case "create":
    case "update":
    case "patch":
    case "delete":
    case "deletecollection":
      return true;
    case "get":
    case "list":
    case "watch":
      return false;
  }
}

/** Nothing is written for who cannot be told of it. @throws ApiError 406 */
function requireFitOfWrite({ verb }: RoutedRequest, accepted: Accepted): void {
  if (verb === "create" || verb === "update" || verb === "patch") requireFit(accepted, "object");
  if (verb === "deletecollection") requireFit(accepted, "list");
}

/** Warnings travel in headers, which are ASCII and of one line. */
function setWarnings(response: ServerResponse, warnings: readonly Warning[]): void {
  if (warnings.length === 0) return;
  const lines = warnings.slice(0, 16).map((warning) => {
    const text = (typeof warning === "string" ? warning : renderFieldError(warning)).replace(/[^\x20-\x7e]/g, "?");
    return `299 - "${text.replace(/[\\"]/g, "\\$&")}"`;
  });
  response.setHeader("warning", lines);
}

async function send(
  response: ServerResponse,
  code: number,
  document: object,
  { format }: Pick<Accepted, "format">,
  contentType?: string,
): Promise<true> {
  if (format === "yaml") {
    const { stringify } = await import("yaml");
    sendBytes(response, code, stringify(document), "application/yaml");
  } else sendJson(response, code, document, contentType);
  return true;
}

function sendJson(response: ServerResponse, code: number, document: object, contentType = "application/json"): void {
  sendBytes(response, code, `${JSON.stringify(document)}\n`, contentType);
}

function sendText(response: ServerResponse, text: string): void {
  sendBytes(response, 200, text, "text/plain; charset=utf-8");
}

function sendBytes(response: ServerResponse, code: number, content: string | Buffer, contentType: string): void {
  const bytes = Buffer.from(content);
  response.writeHead(code, {
    "content-type": contentType,
    "content-length": bytes.length,
    "cache-control": "no-cache, private",
    "x-content-type-options": "nosniff",
  });
  response.end(bytes);
}
