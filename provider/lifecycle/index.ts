/**
 * What the forwarder in a user's program requires: Pulumi's verbs for every kind, over one connection per cluster. The
 * verbs take and return plain JSON, so any transport can carry them.
 */
import { isDeepStrictEqual } from "node:util";
import type { CheckFailure } from "./check";
import {
  type ClientFactory,
  type ConnectionSettings,
  clientFactory,
  type StackConfig,
  type StackSettings,
  settingsFrom,
} from "./connection";
import { guardKind, guardProvider, withClient as withClusterClient } from "./control-plane/guard";
import { nodeMarksKind, nodeMarksProvider } from "./control-plane/node-marks";
import { type DiffResult, diff } from "./diff";
import { type Fields, forwarderKey, unknownMarker } from "./inputs";
import { askedByOutputs } from "./outputs";
import {
  connectionChanges,
  keepingConnection,
  namespaceOf,
  refuseAnotherCluster,
  settingsFor,
  withConnection,
} from "./own-connection";
import { controlPlaneManifestsKind, controlPlaneManifestsProvider } from "./render/control-plane";
import { isRendered, renderedDiff, renderingNotice } from "./render/verbs";
import { type Rendering, renderingOf, Verbs } from "./verbs";

export type { ConnectionSettings } from "./connection";
export { guardKind } from "./control-plane/guard";
export { nodeMarksKind } from "./control-plane/node-marks";
export { type Look, lookForOtherKubevirt } from "./control-plane/other-kubevirt";
export { AlreadyExistsError, InitializationError, RemovalTimeoutError } from "./errors";
export { controlPlaneManifestsKind } from "./render/control-plane";

/** Lines for the engine's log: the engine shows what a provider prints. */
const say = (line: string): void => console.log(line);

let settings: StackSettings = {};
/** Of all connections that resources have had until now, by their settings: one client each. */
const clients = new Map<string, ClientFactory>();

/** Takes the stack's configuration. The engine calls it once for each kind; all kinds share one connection. */
export function configure(config: StackConfig): void {
  const next = settingsFrom(config);
  if (isDeepStrictEqual(next, settings)) return;
  settings = next;
  clients.clear();
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

/** For the cluster that a resource is on. */
function connectFor(own: ConnectionSettings): ClientFactory {
  const key = JSON.stringify([own.kubeconfig, own.context, own.namespace]);
  const connect = clients.get(key) ?? clientFactory(own);
  clients.set(key, connect);
  return connect;
}

/** The connection of a resource whose inputs or outputs these are. */
function connectOf(fields: Fields): ClientFactory {
  const own = settingsFor(fields, settings);
  if (own === "unknown") throw new Error("the connection of the resource is not known yet");
  return connectFor(own);
}

function objectProvider(kind: string): KindProvider {
  const verbsOf = (fields: Fields) => new Verbs(kind, () => connectOf(fields)());
  return {
    configure: async ({ config }) => configure(config),
    check: async (olds, news) => {
      const { renderTo } = settings;
      if (renderTo !== undefined) sayRendering(renderTo);
      const { inputs, failures, warnings } = await verbsOf(news).check(olds, news, unconnected(olds, news));
      for (const warning of warnings) console.warn(`warning: ${warning}`);
      return { inputs, failures };
    },
    diff: async (_id, olds, news) => {
      if (isRendered(news)) return renderedDiff(kind, olds, news);
      const { changes, ...how } = diff(kind, olds, news);
      // The protocol has no way to tell the engine which paths change, and it heeds replaceOnChanges by paths.
      if (changes || connectionChanges(olds, news) || isTakenFromPlugin(olds, news))
        return olds[differsKey] === true ? { ...how, changes: true } : how;
      return { ...how, changes };
    },
    create: (inputs) =>
      keepingConnection(inputs, async () => {
        const { id, outs } = await verbsOf(inputs).create(inputs, { say });
        return { id, outs: markedIfDifferent(kind, outs, inputs) };
      }),
    read: async (id, props) => {
      const found = await verbsOf(props).read(id, props);
      if (found === undefined) return {};
      if (isRendered(props)) return { id, props };
      const own = withConnection(props);
      return { id, props: { ...found, ...own }, inputs: { ...askedByOutputs(found), ...own } };
    },
    update: (_id, olds, news) =>
      keepingConnection(news, async () => {
        if (!isRendered(news)) await refuseAnotherCluster(kind, { olds, news }, connectOf(news));
        const { outs } = await verbsOf(news).update(olds, news, { say });
        return { outs: markedIfDifferent(kind, outs, news) };
      }),
    delete: (id, props) => verbsOf(props).delete(id, props, { say }),
  };
}

/** A state of the plugin has no forwarder, without which nothing can be done with it from here on: an update brings it. */
const isTakenFromPlugin = (olds: Fields, news: Fields): boolean =>
  olds[forwarderKey] === undefined && news[forwarderKey] !== undefined;

/** "true" in outputs that are not what the inputs ask for, where the engine's look at inputs would find nothing to do. */
const differsKey = "differs";

const markedIfDifferent = (kind: string, outs: Fields, inputs: Fields): Fields =>
  diff(kind, outs, inputs).changes ? { ...outs, [differsKey]: true } : outs;

/**
 * What a check without a cluster goes by: where objects are written to files, and where a preview does not know yet which
 * cluster it will be.
 */
function unconnected(olds: Fields, news: Fields): Rendering | undefined {
  const own = namespaceOf(news);
  const rendering = renderingOf(olds, { ...settings, namespace: own ?? settings.namespace });
  if (rendering !== undefined) return rendering;
  if (settingsFor(news, settings) !== "unknown") return undefined;
  return { folder: undefined, namespace: own ?? unknownMarker };
}

/** Of which folders a run has been told. */
const toldOf = new Set<string>();

function sayRendering(folder: string): void {
  if (toldOf.has(folder)) return;
  toldOf.add(folder);
  console.warn(renderingNotice(folder));
}
