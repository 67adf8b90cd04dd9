/**
 * Looks for another KubeVirt on a cluster before a control plane is installed there: its definitions have the same names,
 * and whoever overwrites them takes its machines away from it.
 */
import type { KubeClient } from "../../kube/client";
import { ApiError, KubeconfigError, UnreachableError } from "../../kube/errors";
import { type ConnectionSettings, clientFactory } from "../connection";
import { customResourceDefinitions, type DefinitionObject, definitionNames, deployments } from "./cluster-resources";

/** The same mark as in provider/deploy/manifest.ts, which this layer does not know. */
const installedByAnnotation = "kubevirt.io/installed-by";
const ourselves = "pulumi-kubevirt";

/** Definitions that only another KubeVirt has. */
const othersDefinitions = ["kubevirts.kubevirt.io", "virtualmachineinstances.kubevirt.io"];
const othersNamespace = "kubevirt";
const othersOperator = "virt-operator";

export interface LookOptions {
  /** Definitions of these names may be taken over, whoever has installed them. */
  readonly adopt: boolean;
}

export type Look =
  | { readonly kind: "clear" }
  /** The cluster could not be looked at; `why` is a sentence. */
  | { readonly kind: "unseen"; readonly why: string }
  /** Nothing may be installed there; `message` says what was found and what to do, in several lines. */
  | { readonly kind: "refused"; readonly message: string };

export async function lookForOtherKubevirt(settings: ConnectionSettings, options: LookOptions): Promise<Look> {
  const connect = clientFactory(settings);
  try {
    const client = await connect();
    try {
      return await look(client, options);
    } finally {
      client.connection.close();
    }
  } catch (error) {
    if (!isNoAnswer(error)) throw error;
    return { kind: "unseen", why: error.message };
  }
}

/** Exported for who has a client already. Throws what the client throws. */
export async function look(client: KubeClient, { adopt }: LookOptions): Promise<Look> {
  const { context, server } = client.connection;
  const where = `the cluster of context ${JSON.stringify(context)} (${server})`;
  try {
    const ours = adopt ? [] : (await definitionsNamed(client, definitionNames)).filter((one) => !isOurs(one));
    const others = await definitionsNamed(client, othersDefinitions);
    const operator = await client.find(deployments, { namespace: othersNamespace, name: othersOperator });
    const found = [...ours, ...(adopt ? [] : others)].map(describe);
    if (operator !== undefined) found.push(`  Deployment ${othersOperator} in namespace ${othersNamespace}`);
    return found.length === 0 ? { kind: "clear" } : { kind: "refused", message: refusal(where, found) };
  } catch (error) {
    if (!isNoCluster(error)) throw error;
    return {
      kind: "refused",
      message: `${server} (context ${JSON.stringify(context)}) is no Kubernetes cluster: it has no custom resource definitions.\nThe local engine brings along all that a control plane does; leave kubevirt.ControlPlane out of the program, or let KUBECONFIG or kubevirt:kubeconfig name a cluster.`,
    };
  }
}

async function definitionsNamed(client: KubeClient, names: readonly string[]): Promise<readonly DefinitionObject[]> {
  const found = await Promise.all(
    names.map((name) => client.find<DefinitionObject>(customResourceDefinitions, { name })),
  );
  return found.filter((definition) => definition !== undefined);
}

const isOurs = ({ metadata }: DefinitionObject): boolean => metadata.annotations?.[installedByAnnotation] === ourselves;

function describe({ metadata, spec }: DefinitionObject): string {
  const versions = (spec?.versions ?? []).filter(({ served }) => served !== false).map(({ name }) => name);
  const by = metadata.labels?.["app.kubernetes.io/managed-by"];
  const facts = [`serves ${versions.join(", ") || "no version"}`, ...(by === undefined ? [] : [`managed by ${by}`])];
  return `  CustomResourceDefinition ${metadata.name} (${facts.join(", ")})`;
}

function refusal(where: string, found: readonly string[]): string {
  return [
    `${where} has another KubeVirt, whose definitions this control plane would overwrite:`,
    ...found,
    "Nothing has been changed. One of these helps:",
    "  - install on another cluster: KUBECONFIG, or the stack config kubevirt:kubeconfig and kubevirt:context, name it",
    "  - uninstall the other KubeVirt first; its machines go with it",
    "  - when it is gone and only definitions are left, take them over with `adoptDefinitions: true`",
  ].join("\n");
}

/** The API server answers, and does not know of definitions at all. */
const isNoCluster = (error: unknown): boolean =>
  error instanceof ApiError && error.code === 404 && error.reason !== "NotFound";

/** Nobody knows then what is there: no answer, no way to one, or no right to look. */
const isNoAnswer = (error: unknown): error is Error =>
  error instanceof UnreachableError || error instanceof KubeconfigError || error instanceof ApiError;
