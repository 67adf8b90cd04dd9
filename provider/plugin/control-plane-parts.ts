/**
 * What a control plane has beside its Kubernetes objects, as resources of the plugin: made by its component alone, and no
 * part of the package's schema. What they do is the lifecycle's.
 */
import {
  CheckFailure,
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
import type { KindProvider } from "../lifecycle";
import { guardKind, guardProvider, withClient } from "../lifecycle/control-plane/guard";
import { nodeMarksKind, nodeMarksProvider } from "../lifecycle/control-plane/node-marks";
import type { Fields } from "../lifecycle/inputs";
import { controlPlaneManifestsKind, controlPlaneManifestsProvider } from "../lifecycle/render/control-plane";
import { guarded } from "./guarded";
import { receive, send } from "./property-values";
import type { Secrets } from "./secrets";
import type { Session } from "./session";
import { typeNameOf } from "./urn";

type Part = Omit<KindProvider, "configure">;

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
    return [guardKind, nodeMarksKind, controlPlaneManifestsKind].includes(typeNameOf(urn));
  }

  async check(request: CheckRequest): Promise<CheckResponse> {
    const { fields, secrets } = receive(request.getNews());
    const { inputs, failures } = await this.#part(request.getUrn()).check(receive(request.getOlds()).fields, fields);
    const response = new CheckResponse().setInputs(sent(inputs, secrets));
    for (const { reason } of failures) response.addFailures(new CheckFailure().setReason(secrets.redact(reason)));
    return response;
  }

  async diff(request: DiffRequest): Promise<DiffResponse> {
    const part = this.#part(request.getUrn());
    const [olds, news] = [receive(request.getOlds()).fields, receive(request.getNews()).fields];
    const { changes } = await part.diff(request.getId(), olds, news);
    const { DIFF_SOME, DIFF_NONE } = DiffResponse.DiffChanges;
    return new DiffResponse().setChanges(changes === false ? DIFF_NONE : DIFF_SOME);
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
    const options = {
      settings: () => this.#session.settings,
      say: (text: string) => this.#session.say({ urn, severity: "info", text }),
      signal,
      ...(seconds > 0 ? { times: { install: seconds * 1000, removal: seconds * 1000 } } : {}),
    };
    switch (typeNameOf(urn)) {
      case guardKind:
        return guardProvider(options);
      case nodeMarksKind:
        return nodeMarksProvider((props, work) => withClient(options, props, work));
      default:
        return controlPlaneManifestsProvider(options.settings);
    }
  }
}

const sent = (fields: Fields, secrets: Secrets) => send(fields, secrets.pathsIn(fields));
