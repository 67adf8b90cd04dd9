/**
 * What the forwarder in a user's program requires: Pulumi's verbs for every kind, over one connection per process. The
 * verbs take and return plain JSON, so any transport can carry them.
 */
import { isDeepStrictEqual } from "node:util";
import type { CheckFailure } from "./check";
import { type ClientFactory, clientFactory, type StackConfig, type StackSettings, settingsFrom } from "./connection";
import { guardKind, guardProvider, withClient as withClusterClient } from "./control-plane/guard";
import { nodeMarksKind, nodeMarksProvider } from "./control-plane/node-marks";
import { type DiffResult, diff } from "./diff";
import { type Fields, metadataOf } from "./inputs";
import { controlPlaneManifestsKind, controlPlaneManifestsProvider } from "./render/control-plane";
import { renderCreate, renderDelete, renderedDiff, renderFolderOf, renderRead, renderUpdate } from "./render/verbs";
import { Verbs } from "./verbs";

export type { ConnectionSettings } from "./connection";
export { guardKind } from "./control-plane/guard";
export { nodeMarksKind } from "./control-plane/node-marks";
export { type Look, lookForOtherKubevirt } from "./control-plane/other-kubevirt";
export { AlreadyExistsError, InitializationError, RemovalTimeoutError } from "./errors";
export { controlPlaneManifestsKind } from "./render/control-plane";

/** Lines for the engine's log: the engine shows what a provider prints. */
const say = (line: string): void => console.log(line);

let settings: StackSettings = {};
let connect: ClientFactory = clientFactory(settings);

/** Takes the stack's configuration. The engine calls it once for each kind; all kinds share one connection. */
export function configure(config: StackConfig): void {
  const next = settingsFrom(config);
  if (isDeepStrictEqual(next, settings)) return;
  settings = next;
  connect = clientFactory(settings);
}

/** What the dynamic provider protocol wants of a provider of one kind. */
export interface KindProvider {
  configure(request: { readonly config: StackConfig }): Promise<void>;
  check(olds: Fields, news: Fields): Promise<{ inputs: Fields; failures: readonly CheckFailure[] }>;
  /** Without a word on changes, the engine looks for them in the inputs by itself, path by path. */
  diff(id: string, olds: Fields, news: Fields): Promise<Omit<DiffResult, "changes"> & { changes?: boolean }>;
  create(inputs: Fields): Promise<{ id: string; outs: Fields }>;
  /** An object that is gone answers without an id. An API that does not answer is an error, never "gone". */
  read(id: string, props: Fields): Promise<{ id?: string; props?: Fields; inputs?: Fields }>;
  update(id: string, olds: Fields, news: Fields): Promise<{ outs: Fields }>;
  delete(id: string, props: Fields): Promise<void>;
}

/** The provider of a kind, such as "VirtualMachine", or of what a control plane has beside its objects. */
export function provider(kind: string): KindProvider {
  const own = partsOfControlPlane[kind];
  return own === undefined ? objectProvider(kind) : { configure: async ({ config }) => configure(config), ...own() };
}

const partsOfControlPlane: Readonly<Record<string, () => Omit<KindProvider, "configure">>> = {
  [guardKind]: () => guardProvider({ settings: () => settings, say }),
  [controlPlaneManifestsKind]: () => controlPlaneManifestsProvider(() => settings),
  [nodeMarksKind]: () =>
    nodeMarksProvider((props, work) => withClusterClient({ settings: () => settings }, props, work)),
};

function objectProvider(kind: string): KindProvider {
  const verbs = new Verbs(kind, () => connect());
  return {
    configure: async ({ config }) => configure(config),
    check: async (olds, news) => {
      const { renderTo } = settings;
      if (renderTo !== undefined) sayRendering(renderTo);
      const rendering =
        renderTo !== undefined || isRendered(olds) ? { folder: renderTo, namespace: renderNamespace() } : undefined;
      const { inputs, failures, warnings } = await verbs.check(olds, news, rendering);
      for (const warning of warnings) console.warn(`warning: ${warning}`);
      return { inputs, failures };
    },
    diff: async (_id, olds, news) => {
      if (isRendered(news)) return renderedDiff(kind, olds, news);
      const { changes, ...how } = diff(kind, olds, news);
      // The protocol has no way to tell the engine which paths change, and it heeds replaceOnChanges by paths.
      return changes && olds[differsKey] !== true ? how : { ...how, changes };
    },
    create: async (inputs) => {
      if (isRendered(inputs)) return renderCreate(kind, inputs);
      const { id, outs } = await verbs.create(inputs, { say });
      return { id, outs: markedIfDifferent(kind, outs, inputs) };
    },
    read: async (id, props) => {
      if (isRendered(props)) return renderRead(kind, id, props);
      const found = await verbs.read(id, props, { say });
      if (found === undefined) return {};
      const { uid: _uid, ...metadata } = metadataOf(found);
      return { id, props: found, inputs: { metadata, spec: found.spec } };
    },
    update: async (_id, olds, news) => {
      if (isRendered(news)) return renderUpdate(kind, { olds, news }, say);
      const { outs } = await verbs.update(olds, news, { say });
      return { outs: markedIfDifferent(kind, outs, news) };
    },
    delete: async (id, props) => (isRendered(props) ? renderDelete(kind, props) : verbs.delete(id, props, { say })),
  };
}

/** "true" in outputs that are not what the inputs ask for, where the engine's look at inputs would find nothing to do. */
const differsKey = "differs";

const markedIfDifferent = (kind: string, outs: Fields, inputs: Fields): Fields =>
  diff(kind, outs, inputs).changes ? { ...outs, [differsKey]: true } : outs;

/** Nobody's kubeconfig has a say in what a file holds: it would differ from machine to machine. */
const renderNamespace = (): string => settings.namespace ?? "default";

const isRendered = (fields: Fields): boolean => renderFolderOf(fields) !== undefined;

/** Of which folders a run has been told. */
const toldOf = new Set<string>();

function sayRendering(folder: string): void {
  if (toldOf.has(folder)) return;
  toldOf.add(folder);
  console.warn(
    `kubevirt:renderTo is set: \`pulumi up\` writes the objects as YAML to ${folder}; nothing is deployed, and no cluster is asked`,
  );
}
