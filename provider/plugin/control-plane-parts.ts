/**
 * What a control plane has beside its Kubernetes objects, as resources of the plugin: made by its component alone, and no
 * part of the package's schema. What they do is the lifecycle's.
 */
import {
  type CheckRequest,
  CheckResponse,
  type CreateRequest,
  CreateResponse,
  type DeleteRequest,
  type DiffRequest,
  DiffResponse,
  type ReadRequest,
  ReadResponse,
  type UpdateRequest,
  UpdateResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { type GuardOptions, guardKind, guardProvider, withClient } from "../lifecycle/control-plane/guard";
import { nodeMarksKind, nodeMarksProvider } from "../lifecycle/control-plane/node-marks";
import type { Fields } from "../lifecycle/inputs";
import { guarded } from "./guarded";
import { receive, send } from "./property-values";
import type { Secrets } from "./secrets";
import type { Session } from "./session";
import { typeNameOf } from "./urn";

type Part = ReturnType<typeof guardProvider> | ReturnType<typeof nodeMarksProvider>;

/** What the requests of all verbs say. */
interface Request {
  getUrn(): string;
  getTimeout(): number;
}

export class ControlPlaneParts {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Whether the resource is one of these. */
  has(urn: string): boolean {
    const name = typeNameOf(urn);
    return name === guardKind || name === nodeMarksKind;
  }

  check(request: CheckRequest): CheckResponse {
    // The component has judged them.
    return new CheckResponse().setInputs(request.getNews());
  }

  async diff(request: DiffRequest): Promise<DiffResponse> {
    const part = this.#part(request.getUrn());
    const [olds, news] = [receive(request.getOlds()).fields, receive(request.getNews()).fields];
    const { changes } = await part.diff(request.getId(), olds, news);
    const { DIFF_SOME, DIFF_NONE } = DiffResponse.DiffChanges;
    return new DiffResponse().setChanges(changes ? DIFF_SOME : DIFF_NONE);
  }

  create(request: CreateRequest): Promise<CreateResponse> {
    const { fields, secrets } = receive(request.getProperties());
    return guarded(secrets, sent, async () => {
      if (request.getPreview()) return new CreateResponse().setProperties(sent(fields, secrets));
      const { id, outs } = await this.#during(request, (part) => part.create(fields));
      return new CreateResponse().setId(id).setProperties(sent(outs, secrets));
    });
  }

  update(request: UpdateRequest): Promise<UpdateResponse> {
    const olds = receive(request.getOlds()).fields;
    const { fields, secrets } = receive(request.getNews());
    return guarded(secrets, sent, async () => {
      if (request.getPreview()) return new UpdateResponse().setProperties(sent({ ...olds, ...fields }, secrets));
      const { outs } = await this.#during(request, (part) => part.update(request.getId(), olds, fields));
      return new UpdateResponse().setProperties(sent(outs, secrets));
    });
  }

  read(request: ReadRequest): Promise<ReadResponse> {
    const { fields, secrets } = receive(request.getProperties());
    return guarded(secrets, sent, async () => {
      const look = (part: Part): Promise<{ id?: string }> => part.read(request.getId(), fields);
      const { id } = await this.#during(request, look);
      const response = new ReadResponse();
      // Without an id: it is gone.
      return id === undefined
        ? response
        : response.setId(id).setProperties(request.getProperties()).setInputs(request.getInputs());
    });
  }

  async delete(request: DeleteRequest): Promise<void> {
    const { fields, secrets } = receive(request.getProperties());
    await guarded(secrets, sent, () => this.#during(request, (part) => part.delete(request.getId(), fields)));
  }

  #during<T>(request: Request, act: (part: Part) => Promise<T>): Promise<T> {
    const [urn, seconds] = [request.getUrn(), request.getTimeout()];
    return this.#session.during(urn, seconds, ({ signal }) => act(this.#part(urn, { seconds, signal })));
  }

  #part(urn: string, { seconds = 0, signal }: { seconds?: number; signal?: AbortSignal | undefined } = {}): Part {
    const options: GuardOptions = {
      settings: () => this.#session.settings,
      say: (text) => this.#session.say({ urn, severity: "info", text }),
      signal,
      ...(seconds > 0 ? { times: { install: seconds * 1000, removal: seconds * 1000 } } : {}),
    };
    return typeNameOf(urn) === guardKind
      ? guardProvider(options)
      : nodeMarksProvider((props, work) => withClient(options, props, work));
  }
}

const sent = (fields: Fields, secrets: Secrets) => send(fields, secrets.pathsIn(fields));
