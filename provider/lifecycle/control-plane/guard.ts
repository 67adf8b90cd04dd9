/**
 * The last of a control plane's resources to be made and the first to be removed. Made when everything works, so that
 * machines which depend on it can be created; removed when no machine is left, so that everything else may go.
 *
 * It knows its cluster again by the uid of a definition: on another cluster, or after another installation, it removes
 * nothing.
 */
import { isDeepStrictEqual } from "node:util";
import type { KubeClient } from "../../kube/client";
import { isTransient } from "../../kube/errors";
import { type Clock, systemClock } from "../../runtime/clock";
import { type ConnectionSettings, clientFactory } from "../connection";
import type { DiffResult } from "../diff";
import { InitializationError } from "../errors";
import { explainApiError } from "../explain-api-error";
import { type Fields, forwarderKey } from "../inputs";
import { customResourceDefinitions, definitionNames } from "./cluster-resources";
import { missingParts } from "./installation";
import { removeAllMachines } from "./remaining-machines";

/** How the SDK names this resource's kind; no Kubernetes object is behind it. */
export const guardKind = "ControlPlaneGuard";

export interface GuardOptions {
  /** Those of the stack, where the inputs name no connection of their own. */
  readonly settings: () => ConnectionSettings;
  readonly say: (line: string) => void;
  readonly clock?: Clock;
  /** Ends what waits: a control plane that is there counts as made, and is come back to. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds. */
  readonly times?: { readonly install: number; readonly removal: number };
}

const id = "control-plane";
const lookAgainMs = 1_000;
const reminderMs = 30_000;
const usualTimes = { install: 10 * 60_000, removal: 15 * 60_000 };

/** Inputs: `namespace`, `keepDefinitions`, `specs` (a digest of what must run), and perhaps `kubeconfig` and `context`. */
export function guardProvider(options: GuardOptions) {
  const install = (inputs: Fields) =>
    withClient(options, inputs, (client) => waitUntilInstalled(options, client, inputs));
  return {
    check: async (_olds: Fields, news: Fields) => ({ inputs: news, failures: [] }),
    diff: async (_id: string, olds: Fields, news: Fields): Promise<DiffResult> => {
      const changes = ["namespace", "keepDefinitions", "specs", "kubeconfig", "context"].some(
        (field) => !isDeepStrictEqual(olds[field], news[field]),
      );
      return { changes, replaces: [], deleteBeforeReplace: true };
    },
    create: async (inputs: Fields) => ({ id, outs: await install(inputs) }),
    update: async (_id: string, _olds: Fields, news: Fields) => ({ outs: await install(news) }),
    read: (_id: string, props: Fields) =>
      withClient(options, props, async (client) => ((await isSameCluster(client, props)) ? { id, props } : {})),
    delete: (_id: string, props: Fields) =>
      withClient(options, props, async (client) => {
        if (props.keepDefinitions === true || !(await isSameCluster(client, props))) return;
        const { clock = systemClock, times = usualTimes, say, signal } = options;
        await removeAllMachines(client, { clock, timeoutMs: times.removal, say, signal });
      }),
  };
}

/** A client for the cluster that the properties name, else for the stack's. */
export async function withClient<T>(
  { settings }: Pick<GuardOptions, "settings">,
  { kubeconfig, context }: Fields,
  work: (client: KubeClient) => Promise<T>,
): Promise<T> {
  const own = { kubeconfig: textOf(kubeconfig), context: textOf(context) };
  const client = await clientFactory(own.kubeconfig === undefined && own.context === undefined ? settings() : own)();
  try {
    return await work(client);
  } catch (error) {
    throw explainApiError(error, client.connection);
  } finally {
    client.connection.close();
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** Returns the outputs. Throws InitializationError, with what is missing, when the time is over. */
async function waitUntilInstalled(options: GuardOptions, client: KubeClient, inputs: Fields): Promise<Fields> {
  const { clock = systemClock, times = usualTimes, say, signal } = options;
  const namespace = textOf(inputs.namespace) ?? "kubevirt";
  const deadline = clock.now() + times.install;
  let said = { text: "", at: 0 };
  for (;;) {
    const missing = await missingParts(client, namespace).catch(absence);
    if (missing.length === 0) return { ...inputs, definitionUid: await definitionUid(client) };
    const text = missing.join("\n");
    const isCancelled = signal?.aborted === true;
    if (isCancelled || clock.now() >= deadline) {
      const when = isCancelled ? "yet; the run was cancelled" : `after ${times.install / 1000} s`;
      const message = `the control plane does not run ${when}:\n${text}\nlook at it with: kubectl get pods --namespace ${namespace}; mend the cause and run "pulumi up" again`;
      const properties = {
        ...inputs,
        definitionUid: await definitionUid(client),
        [forwarderKey]: inputs[forwarderKey],
      };
      throw new InitializationError(message, { id, properties, reasons: [message] });
    }
    if (said.text !== text || clock.now() - said.at >= reminderMs) {
      said = { text, at: clock.now() };
      say(`control plane: waiting: ${missing.map((line) => line.trim()).join("; ")}`);
    }
    // It rejects when the run is cancelled: one last look is taken then.
    await clock.sleep(lookAgainMs, signal).catch(() => undefined);
  }
}

/** An API server that is away for a moment is one more thing to wait for. */
function absence(error: unknown): readonly string[] {
  if (isTransient(error) && error instanceof Error) return [error.message];
  throw error;
}

async function definitionUid(client: KubeClient): Promise<string | undefined> {
  const [name] = definitionNames;
  return (await client.find(customResourceDefinitions, { name }))?.metadata.uid;
}

async function isSameCluster(client: KubeClient, props: Fields): Promise<boolean> {
  const uid = await definitionUid(client);
  return uid !== undefined && uid === props.definitionUid;
}
