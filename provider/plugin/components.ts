/**
 * Components for programs in other languages. Their children are made with the engine's runtime, whose settings belong to
 * a whole process: a process of its own, started for the first component, speaks the engine's protocol, and has the
 * requests passed on, with the settings of this provider among the stack's.
 */
import { credentials, type ServiceError, status } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import type { ConstructRequest, ConstructResponse } from "@pulumi/pulumi/proto/provider_pb";
import type { Session } from "./session";

/** A process that makes components. */
export interface ComponentHost {
  /** On loopback. */
  readonly port: number;
  stop(): void;
}

/** Starts it for the engine at HOST:PORT. */
export type StartComponentHost = (engineAddress: string) => Promise<ComponentHost>;

export class Components {
  readonly #session: Session;
  readonly #start: StartComponentHost;
  #host: Promise<ComponentHost> | undefined;

  constructor(session: Session, start: StartComponentHost) {
    this.#session = session;
    this.#start = start;
  }

  async construct(request: ConstructRequest, engineAddress: string): Promise<ConstructResponse> {
    const { port } = await this.#started(engineAddress);
    const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
    try {
      return await new Promise((resolve, reject) => {
        client.construct(this.#withSettings(request), (error: ServiceError | null, response: ConstructResponse) =>
          error === null ? resolve(response) : reject(this.#failure(error)),
        );
      });
    } finally {
      client.close();
    }
  }

  async stop(): Promise<void> {
    (await this.#host)?.stop();
  }

  #failure({ code, details }: ServiceError): Error {
    if (code !== status.UNAVAILABLE) return new Error(details);
    this.#host = undefined;
    return new Error(
      `the process that makes components has ended before the component was there (${details}); run "pulumi up" again`,
    );
  }

  /** One for all; one that did not start is tried again for the next component. */
  #started(engineAddress: string): Promise<ComponentHost> {
    this.#host ??= this.#start(engineAddress).catch((error: unknown) => {
      this.#host = undefined;
      throw error;
    });
    return this.#host;
  }

  /** An explicit provider's settings go before those of the stack, which the engine has put into the request. */
  #withSettings(request: ConstructRequest): ConstructRequest {
    const { settings } = this.#session;
    for (const [name, value] of Object.entries(settings)) {
      if (value !== undefined) request.getConfigMap().set(`kubevirt:${name}`, value);
    }
    if (settings.kubeconfig !== undefined) request.addConfigsecretkeys("kubevirt:kubeconfig");
    return request;
  }
}
