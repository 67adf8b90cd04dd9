/** The engine's calls about resources, carried to the lifecycle's verbs and back. */
import {
  type CheckRequest,
  CheckResponse,
  type CreateRequest,
  CreateResponse,
  type DeleteRequest,
  type DiffRequest,
  DiffResponse,
  PropertyDiff,
  type ReadRequest,
  ReadResponse,
  type UpdateRequest,
  UpdateResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { renderFieldError } from "../core/field-error";
import { virtualMachinePresets } from "../core/resources";
import { userDataPaths } from "../core/user-data";
import { changesOf, diff } from "../lifecycle/diff";
import { forwarder } from "../lifecycle/forwarder";
import { type Fields, forwarderKey, metadataOf, unknownKeys } from "../lifecycle/inputs";
import { askedByOutputs } from "../lifecycle/outputs";
import { isRendered, renderedDiff, renderToKey } from "../lifecycle/render/verbs";
import { type Rendering, type Run, renderingOf, Verbs } from "../lifecycle/verbs";
import { UnknownNameError } from "./failures";
import { guarded } from "./guarded";
import { namedInputs } from "./named-inputs";
import { missingPresets } from "./program-presets";
import { receive, send } from "./property-values";
import type { Secrets } from "./secrets";
import type { Session } from "./session";
import { kindOf } from "./urn";

export class Objects {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async check(request: CheckRequest): Promise<CheckResponse> {
    const urn = request.getUrn();
    const kind = kindOf(urn);
    const olds = receive(request.getOlds()).fields;
    const { fields, secrets, faults } = receive(request.getNews());
    return guarded(secrets, sent, async () => {
      // What the lifecycle takes besides the arguments is not the program's to give.
      const stray = unknownKeys(fields, new Set());
      const named = namedInputs(urn, request.getAutonaming(), fields);
      this.#session.sayRendering();
      const rendering = renderingOf(olds, this.#session.settings);
      // Which values are secret is in no plain JSON, and no file may have them.
      const news = rendering === undefined ? named : { ...named, secretPaths: secrets.pathsIn(fields) };
      const { inputs, failures, warnings } = await this.#judge({ urn, kind, rendering }, olds, news);
      for (const text of warnings) this.#session.say({ urn, severity: "warning", text: secrets.redact(text) });
      const response = new CheckResponse();
      response.setInputs(sent(inputs, secrets));
      const own = [...faults, ...stray].map(renderFieldError);
      const reasons = new Set([...own, ...failures.map((failure) => failure.reason)]);
      this.#session.refusals.note(
        urn,
        [...reasons].map((reason) => secrets.redact(reason)),
      );
      return response;
    });
  }

  async #judge({ urn, kind, rendering }: Judged, olds: Fields, news: Fields) {
    const verbs = this.#verbs(kind);
    const { presets: program } = this.#session;
    if (kind === virtualMachinePresets.kind) {
      const result = await verbs.check(olds, news, rendering);
      if (result.failures.length > 0) return result;
      const late = await program.rememberPreset(urn, result.inputs);
      return { ...result, failures: late.map((machine) => ({ property: "", reason: tooLate(machine) })) };
    }
    const presets = [...program.known(urn)];
    for (const name of rendering === undefined ? missingPresets(olds, news, presets) : []) {
      const preset = await this.#fetchPreset(urn, `${String(metadataOf(olds).namespace)}/${name}`);
      if (preset !== undefined) presets.push(preset);
    }
    const checkWith = (some: readonly Fields[]) => verbs.check(olds, { ...news, presets: some }, rendering);
    const result = await checkWith(presets);
    program.rememberMachine({ urn, presets, checkWith });
    return result;
  }

  async #fetchPreset(urn: string, id: string): Promise<Fields | undefined> {
    const verbs = this.#verbs(virtualMachinePresets.kind);
    const found = await this.#session.during(urn, 0, () => verbs.read(id, {}));
    const what = `preset ${id}, of which the machine has settings, is not among the resources of this run`;
    const text =
      found === undefined
        ? `${what}, nor on the cluster: the machine is taken to be without them`
        : `${what}: they are taken from the cluster. If it was taken out of the program, the next run takes them from the machine`;
    this.#session.say({ urn, severity: "warning", text });
    return found;
  }

  diff(request: DiffRequest): DiffResponse {
    if (this.#session.refusals.has(request.getUrn())) return changedInPlace();
    const kind = kindOf(request.getUrn());
    const olds = receive(request.getOlds()).fields;
    const news = receive(request.getNews()).fields;
    const { changes, replaces, deleteBeforeReplace } = (isRendered(news) ? renderedDiff : diff)(kind, olds, news);
    const response = new DiffResponse();
    response.setChanges(changes ? DiffResponse.DiffChanges.DIFF_SOME : DiffResponse.DiffChanges.DIFF_NONE);
    response.setReplacesList(replaces);
    response.setDeletebeforereplace(deleteBeforeReplace);
    response.setHasdetaileddiff(true);
    const details = changesOf(kind, olds, news);
    response.setDiffsList([...new Set(details.map(({ path }) => path.split(/[.[]/)[0] ?? path))]);
    for (const { path, how, replaces: replacing } of details) {
      const difference = new PropertyDiff();
      difference.setKind(differenceKinds[how][replacing ? 1 : 0]);
      response.getDetaileddiffMap().set(path, difference);
    }
    return response;
  }

  async create(request: CreateRequest): Promise<CreateResponse> {
    const urn = request.getUrn();
    const verbs = this.#verbs(kindOf(urn));
    const { fields, secrets } = receive(request.getProperties());
    return guarded(secrets, sent, async () => {
      const response = new CreateResponse();
      if (request.getPreview()) {
        await this.#session.refusals.enforceInPreview(urn);
        response.setProperties(sent(verbs.preview(fields), secrets));
        return response;
      }
      this.#session.refusals.enforce(urn);
      const { id, outs } = await this.#session.during(urn, request.getTimeout(), (run) => verbs.create(fields, run));
      response.setId(id);
      response.setProperties(sent(outs, secrets));
      return response;
    });
  }

  async update(request: UpdateRequest): Promise<UpdateResponse> {
    const urn = request.getUrn();
    const kind = kindOf(urn);
    const verbs = this.#verbs(kind);
    const olds = receive(request.getOlds());
    const { fields, secrets } = receive(request.getNews());
    secrets.addAll(olds.secrets);
    return guarded(secrets, sent, async () => {
      const response = new UpdateResponse();
      if (request.getPreview()) {
        await this.#session.refusals.enforceInPreview(urn);
        const specChanges = changesOf(kind, olds.fields, fields).some(({ path }) => path.startsWith("spec"));
        const outs = verbs.preview(fields, { outputs: olds.fields, specChanges });
        response.setProperties(sent(outs, secrets));
        return response;
      }
      this.#session.refusals.enforce(urn);
      const change = (run: Run) => verbs.update(olds.fields, fields, run);
      const { outs } = await this.#session.during(urn, request.getTimeout(), change);
      response.setProperties(sent(outs, secrets));
      return response;
    });
  }

  async read(request: ReadRequest): Promise<ReadResponse> {
    const urn = request.getUrn();
    const id = request.getId();
    const kind = kindOf(urn);
    if (!/^[^/]+\/[^/]+$/.test(id)) {
      throw new UnknownNameError(
        `${JSON.stringify(id)} is no id of a ${kind}: ids are NAMESPACE/NAME, such as default/web`,
      );
    }
    const { fields, secrets } = receive(request.getProperties());
    secrets.addAll(receive(request.getInputs()).secrets);
    return guarded(secrets, sent, async () => {
      const look = () => this.#verbs(kind).read(id, fields);
      const outs = await this.#session.during(urn, request.getTimeout(), look);
      const response = new ReadResponse();
      // Without an id: the object is gone.
      if (outs === undefined) return response;
      response.setId(id);
      response.setProperties(sent({ ...outs, ...forwarding(kind, fields) }, secrets));
      response.setInputs(sent({ ...askedByOutputs(outs), [renderToKey]: outs[renderToKey] }, secrets));
      return response;
    });
  }

  async delete(request: DeleteRequest): Promise<void> {
    const urn = request.getUrn();
    const { fields, secrets } = receive(request.getProperties());
    const verbs = this.#verbs(kindOf(urn));
    // It would go for a replacement that is refused.
    this.#session.refusals.enforce(urn);
    const remove = (run: Run) => verbs.delete(request.getId(), fields, run);
    await guarded(secrets, sent, () => this.#session.during(urn, request.getTimeout(), remove));
  }

  #verbs(kind: string): Verbs {
    return new Verbs(kind, this.#session.connect);
  }
}

/** A resource whose inputs are judged. */
interface Judged {
  readonly urn: string;
  readonly kind: string;
  readonly rendering: Rendering | undefined;
}

const { Kind } = PropertyDiff;

/** How a value changes → the engine's word for it, and the one when the object is replaced for it. */
const differenceKinds = {
  add: [Kind.ADD, Kind.ADD_REPLACE],
  update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
  delete: [Kind.DELETE, Kind.DELETE_REPLACE],
} as const;

/**
 * What is imported may be for a program in TypeScript, which takes the state over as it is: the line that finds the
 * lifecycle there is in it, and stays in it until something changes.
 */
const forwarding = (kind: string, state: Fields): Fields =>
  state.metadata === undefined || state[forwarderKey] !== undefined ? { [forwarderKey]: forwarder(kind) } : {};

/** For a resource that is refused when it is updated; a replacement would take the old object away first. */
function changedInPlace(): DiffResponse {
  const response = new DiffResponse();
  response.setChanges(DiffResponse.DiffChanges.DIFF_SOME);
  return response;
}

const tooLate = (urn: string) =>
  `this preset concerns ${urn}, which the program declares before it, so that it would be made without these settings; let it depend on the preset (the resource option dependsOn)`;

/** The user data of volumes is secret whatever the program says. */
function sent(fields: Fields, secrets: Secrets) {
  return send(fields, [...secrets.pathsIn(fields), ...userDataPaths(fields)]);
}
