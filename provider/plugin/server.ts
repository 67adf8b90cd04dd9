/**
 * The provider as the engine's plugin protocol has it: one gRPC server on loopback. Maps each call to the part that
 * answers it; the calls that are not here, the engine is told, are not there.
 */
import { type handleUnaryCall, Server, ServerCredentials, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { type PluginAttach, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import {
  type CheckRequest,
  type ConfigureRequest,
  ConfigureResponse,
  type ConstructRequest,
  type CreateRequest,
  type DeleteRequest,
  type DiffRequest,
  GetSchemaResponse,
  type InvokeRequest,
  type ProviderHandshakeRequest,
  ProviderHandshakeResponse,
  type ReadRequest,
  type UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { invoke } from "./calls";
import { Components, type StartComponentHost } from "./components";
import { checkConfiguration, diffConfiguration, settingsOf } from "./configuration";
import { ControlPlaneParts } from "./control-plane-parts";
import type { EngineLog } from "./engine-log";
import { toServiceError } from "./failures";
import { Objects } from "./objects";
import { receive } from "./property-values";
import { Session } from "./session";

export interface PluginOptions {
  /** HOST:PORT of the engine that started this process; undefined: one will attach. */
  readonly engineAddress: string | undefined;
  readonly version: string;
  /** The text of schema.json. */
  readonly schema: () => Promise<string>;
  /** A line to the engine at an address. */
  readonly connectEngine: (address: string) => EngineLog;
  readonly startComponentHost: StartComponentHost;
}

export interface Plugin {
  readonly port: number;
  /** Ends waits, answers the calls that are underway, and closes. */
  stop(): Promise<void>;
}

/** Bytes of one message: schemas and states are large. */
const longestMessage = 400 * 1024 * 1024;

/** Serves on a free port of loopback. */
export async function servePlugin(options: PluginOptions): Promise<Plugin> {
  const session = new Session();
  const server = new Server({
    "grpc.max_receive_message_length": longestMessage,
    "grpc.max_send_message_length": longestMessage,
  });
  const components = new Components(session, options.startComponentHost);
  server.addService(ResourceProviderService, callsOf(session, components, options));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    port,
    stop: async () => {
      session.cancel();
      await components.stop();
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      session.close();
    },
  };
}

function callsOf(
  session: Session,
  components: Components,
  { engineAddress, version, schema, connectEngine }: PluginOptions,
): UntypedServiceImplementation {
  const objects = new Objects(session);
  const parts = new ControlPlaneParts(session);
  const resourcesOf = (request: { getUrn(): string }) => (parts.has(request.getUrn()) ? parts : objects);
  let engine = engineAddress ?? "";
  const attach = (address: string) => {
    engine = address;
    session.attach(connectEngine(address));
  };
  if (engineAddress !== undefined) attach(engineAddress);
  const answer = <Request, Response>(handle: (request: Request) => Response | Promise<Response>) =>
    unary(session, handle);
  return {
    handshake: answer((request: ProviderHandshakeRequest) => {
      attach(request.getEngineAddress());
      return new ProviderHandshakeResponse()
        .setAcceptSecrets(true)
        .setAcceptResources(false)
        .setAcceptOutputs(false)
        .setSupportsAutonamingConfiguration(true);
    }),
    attach: answer((request: PluginAttach) => {
      attach(request.getAddress());
      return new Empty();
    }),
    getPluginInfo: answer(() => new PluginInfo().setVersion(version)),
    getSchema: answer(async () => new GetSchemaResponse().setSchema(await schema())),
    checkConfig: answer(checkConfiguration),
    diffConfig: answer(diffConfiguration),
    configure: answer((request: ConfigureRequest) => {
      session.configure(settingsOf(receive(request.getArgs()).fields));
      return new ConfigureResponse()
        .setAcceptsecrets(true)
        .setSupportspreview(true)
        .setAcceptresources(false)
        .setAcceptoutputs(false)
        .setSupportsAutonamingConfiguration(true);
    }),
    invoke: answer((request: InvokeRequest) => invoke(session, request)),
    check: answer((request: CheckRequest) => resourcesOf(request).check(request)),
    diff: answer((request: DiffRequest) => resourcesOf(request).diff(request)),
    create: answer((request: CreateRequest) => resourcesOf(request).create(request)),
    read: answer((request: ReadRequest) => resourcesOf(request).read(request)),
    update: answer((request: UpdateRequest) => resourcesOf(request).update(request)),
    delete: answer(async (request: DeleteRequest) => {
      await resourcesOf(request).delete(request);
      return new Empty();
    }),
    construct: answer((request: ConstructRequest) => components.construct(request, engine)),
    cancel: answer(() => {
      session.cancel();
      return new Empty();
    }),
  };
}

function unary<Request, Response>(
  session: Session,
  handle: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  const settle = async (request: Request): Promise<Response> => {
    try {
      return await handle(request);
    } finally {
      await session.flush();
    }
  };
  return ({ request }, callback) => {
    settle(request).then(
      (response) => callback(null, response),
      (error: unknown) => callback(toServiceError(error)),
    );
  };
}
