/**
 * The conversation with one registry about one repository: finds out how the registry is spoken to, signs in when asked,
 * follows redirects, and asks again a few times when nobody answers. The Authorization header goes to the registry's own
 * address alone: not along with a redirect, and not in answer to whoever a redirect leads to.
 */
import type { IncomingMessage } from "node:http";
import { backoffDelay } from "../../runtime/backoff";
import type { Clock } from "../../runtime/clock";
import { authorize } from "./authorization";
import type { Credentials } from "./credentials";
import { hostnameOf, isLoopback } from "./hosts";
import { type Exchange, readBounded } from "./http-exchange";
import { dockerHub, type ImageReference } from "./image-reference";
import { isPassing, OciError, quote } from "./oci-error";

export interface SessionOptions {
  readonly image: ImageReference;
  readonly credentials: Credentials | undefined;
  readonly exchange: Exchange;
  readonly clock: Clock;
  /** Registries (`host` or `host:port`) that may be spoken to without TLS besides those of this machine. */
  readonly insecure: ReadonlySet<string>;
  readonly signal: AbortSignal;
  /** Times that a request is sent before its failure is final. */
  readonly attempts: number;
}

export interface Ask {
  /** Below `/v2/<repository>/`. */
  readonly path: string;
  readonly method?: "GET" | "HEAD";
  readonly headers?: Readonly<Record<string, string>>;
}

const hubApi = "registry-1.docker.io";
const mostRedirects = 5;
const longestRetryAfterMs = 10_000;
const retryDelays = { initial: 500, max: 5_000 };
const mostErrorBytes = 64 * 1024;

export class RegistrySession {
  readonly #o: SessionOptions;
  readonly #plainAllowed: boolean;
  #origin: Promise<URL> | undefined;
  #authorization: string | undefined;

  constructor(options: SessionOptions) {
    this.#o = options;
    const { registry } = options.image;
    this.#plainAllowed = isLoopback(hostnameOf(registry)) || options.insecure.has(registry);
  }

  /** Resolves for 200 and 206, with the body unread. Throws OciError for everything else. */
  async ask(ask: Ask): Promise<IncomingMessage> {
    const { attempts, clock, signal } = this.#o;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#askOnce(ask);
      } catch (error) {
        signal.throwIfAborted();
        if (!isPassing(error) || attempt >= attempts) throw error;
        const asked = error instanceof OciError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
        if (asked > longestRetryAfterMs) throw error;
        await clock.sleep(Math.max(asked, backoffDelay(attempt, retryDelays)), signal);
      }
    }
  }

  async #askOnce(ask: Ask): Promise<IncomingMessage> {
    const origin = await this.#findOrigin();
    const url = new URL(`/v2/${this.#o.image.repository}/${ask.path}`, origin);
    let response = await this.#follow(url, ask);
    if (response.response.statusCode === 401 && response.byRegistry) {
      response.response.destroy();
      this.#authorization = await authorize({ ...this.#o, header: challengeOf(response.response), origin });
      response = await this.#follow(url, ask);
    }
    return this.#expectSuccess(response);
  }

  async #follow(start: URL, ask: Ask): Promise<Answer> {
    let url = start;
    for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
      const byRegistry = url.origin === start.origin;
      const response = await this.#o.exchange({
        url,
        method: ask.method ?? "GET",
        headers: {
          ...ask.headers,
          ...(byRegistry && this.#authorization !== undefined ? { authorization: this.#authorization } : {}),
        },
        signal: this.#o.signal,
      });
      const status = response.statusCode ?? 0;
      const location = response.headers.location;
      if (status < 300 || status > 308 || status === 304 || location === undefined) return { response, byRegistry };
      response.destroy();
      url = this.#redirectTarget(url, location);
    }
    throw new OciError(`${this.#o.image.registry} redirects more than ${mostRedirects} times`, { reason: "Refused" });
  }

  /** TLS is not left on the way, and a registry elsewhere cannot send this machine to ask itself. */
  #redirectTarget(from: URL, location: string): URL {
    const { registry } = this.#o.image;
    if (!URL.canParse(location, from.href)) {
      throw new OciError(`${registry} redirects to something that is no address`, { reason: "Refused" });
    }
    const target = new URL(location, from);
    const refuse = (why: string) =>
      new OciError(`${registry} redirects to ${quote(target.host)}, ${why}; it was not asked`, { reason: "Refused" });
    const plain = target.protocol === "http:" && from.protocol === "http:" && this.#plainAllowed;
    if (target.protocol !== "https:" && !plain) throw refuse("which is not an https address");
    if (isLoopback(hostnameOf(target.host)) && !isLoopback(hostnameOf(registry))) throw refuse("which is this machine");
    target.username = "";
    target.password = "";
    return target;
  }

  async #expectSuccess({ response, byRegistry }: Answer): Promise<IncomingMessage> {
    const status = response.statusCode ?? 0;
    if (status === 200 || status === 206) return response;
    const { registry, repository } = this.#o.image;
    const detail = byRegistry ? await errorCodesOf(response) : "";
    response.destroy();
    const said = `${registry} answers ${status}${detail === "" ? "" : ` (${detail})`}`;
    if (status === 401 || status === 403) {
      throw new OciError(`${said}: ${repository} may not be pulled${this.#withWhat()}`, { reason: "Denied" });
    }
    if (status === 404) throw new OciError(said, { reason: "NotFound" });
    if (status === 429 || status >= 500) {
      const seconds = Number(response.headers["retry-after"]);
      throw new OciError(`${said}: it cannot serve the image at the moment`, {
        reason: "Unavailable",
        ...(Number.isFinite(seconds) && seconds > 0 ? { retryAfterSeconds: seconds } : {}),
      });
    }
    throw new OciError(said, { reason: "Refused" });
  }

  #withWhat(): string {
    return this.#o.credentials === undefined ? " without credentials" : " with the credentials given";
  }

  #findOrigin(): Promise<URL> {
    this.#origin ??= this.#probe().catch((error: unknown) => {
      this.#origin = undefined;
      throw error;
    });
    return this.#origin;
  }

  /** https, and http where that is allowed and nobody speaks TLS. Nothing secret is sent to find out. */
  async #probe(): Promise<URL> {
    const { image, exchange, signal } = this.#o;
    const host = image.registry === dockerHub ? hubApi : image.registry;
    const secure = new URL(`https://${host}`);
    if (!this.#plainAllowed) return secure;
    try {
      (await exchange({ url: new URL("/v2/", secure), signal })).destroy();
      return secure;
    } catch (error) {
      signal.throwIfAborted();
      if (!speaksNoTls(error)) throw error;
      return new URL(`http://${host}`);
    }
  }
}

interface Answer {
  readonly response: IncomingMessage;
  /** Answered by the registry itself, not by whom a redirect led to. */
  readonly byRegistry: boolean;
}

function challengeOf(response: IncomingMessage): string {
  return response.headers["www-authenticate"] ?? "";
}

const noTls = /^(EPROTO|ECONNREFUSED|ECONNRESET|ERR_SSL_.*)$/;

function speaksNoTls(error: unknown): boolean {
  const cause = error instanceof OciError ? error.cause : undefined;
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" && noTls.test(cause.code);
}

/** The codes of the specification's error document, such as MANIFEST_UNKNOWN: words, not the registry's free text. */
async function errorCodesOf(response: IncomingMessage): Promise<string> {
  try {
    const text = (await readBounded(response, mostErrorBytes, "the error")).toString("utf8");
    const codes = [...text.matchAll(/"code"\s*:\s*"([A-Z_]{3,40})"/g)].map((match) => match[1]);
    return [...new Set(codes)].slice(0, 3).join(", ");
  } catch {
    // The status has been said; why there is no more to it does not matter.
    return "";
  }
}
