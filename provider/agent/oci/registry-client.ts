/** How this node speaks to registries: what it trusts, how long it waits, and for which platform it asks. */
import { type Clock, systemClock } from "../../runtime/clock";
import type { Credentials } from "./credentials";
import { httpExchange } from "./http-exchange";
import type { ImageReference } from "./image-reference";
import { RegistrySession } from "./registry-session";
import { Repository } from "./repository";

export interface RegistrySettings {
  /** As images spell it: `amd64`, `arm64`. */
  readonly architecture: string;
  /** Registries (`host` or `host:port`) that may be spoken to without TLS. Those of this machine always may. */
  readonly insecure?: readonly string[];
  /** Certificates in PEM that are trusted besides the usual ones. */
  readonly authorities?: readonly string[];
  /** Milliseconds of silence after which a connection is given up. Default 30 s. */
  readonly silenceMs?: number;
  readonly clock?: Clock;
}

export interface PullRequest {
  readonly image: ImageReference;
  readonly credentials: Credentials | undefined;
  readonly signal: AbortSignal;
  /** Times that a request is sent before its failure is final. Default 4. */
  readonly attempts?: number;
}

const defaultSilenceMs = 30_000;
const defaultAttempts = 4;

export class RegistryClient {
  readonly #settings: RegistrySettings;
  readonly #insecure: ReadonlySet<string>;

  constructor(settings: RegistrySettings) {
    this.#settings = settings;
    this.#insecure = new Set(settings.insecure?.map((registry) => registry.toLowerCase()));
  }

  /** Asks nothing yet. */
  open({ image, credentials, signal, attempts = defaultAttempts }: PullRequest): Repository {
    const { architecture, silenceMs = defaultSilenceMs, authorities = [], clock = systemClock } = this.#settings;
    const session = new RegistrySession({
      image,
      credentials,
      signal,
      attempts,
      clock,
      insecure: this.#insecure,
      exchange: httpExchange({ silenceMs, authorities }),
    });
    return new Repository({ session, image, architecture, clock, signal });
  }
}
