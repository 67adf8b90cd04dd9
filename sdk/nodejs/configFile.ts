/** Machines and presets from a manifest: the same resources as a program declares, from the YAML that kubectl takes. */
import * as pulumi from "@pulumi/pulumi";
import { formatPlace, type ManifestObject, readManifests } from "../../provider/manifest";
import type { ConnectionArgument } from "./connection";
import { OfflineVirtualMachine, type OfflineVirtualMachineArgs } from "./offlineVirtualMachine";
import type { KubevirtResource } from "./resource";
import { VirtualMachine, type VirtualMachineArgs } from "./virtualMachine";
import { VirtualMachinePreset, type VirtualMachinePresetArgs } from "./virtualMachinePreset";
import { VirtualMachineReplicaSet, type VirtualMachineReplicaSetArgs } from "./virtualMachineReplicaSet";

const apiVersion = "kubevirt.io/v1alpha1";

type Options = pulumi.CustomResourceOptions;

/** Kind → its resource, in the order in which they are declared. What a manifest says is checked as a program's is. */
const resourceOfKind = {
  VirtualMachinePreset: (name: string, args: object, opts: Options) =>
    new VirtualMachinePreset(name, args as VirtualMachinePresetArgs, opts),
  VirtualMachine: (name: string, args: object, opts: Options) =>
    new VirtualMachine(name, args as VirtualMachineArgs, opts),
  OfflineVirtualMachine: (name: string, args: object, opts: Options) =>
    new OfflineVirtualMachine(name, args as OfflineVirtualMachineArgs, opts),
  VirtualMachineReplicaSet: (name: string, args: object, opts: Options) =>
    new VirtualMachineReplicaSet(name, args as VirtualMachineReplicaSetArgs, opts),
} as const;

/** Kinds that a manifest can declare. */
export type ManifestKind = keyof typeof resourceOfKind;

/** An object of a manifest, as a transformation sees and may change it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: ManifestKind;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    [field: string]: unknown;
  };
  spec: unknown;
}

/** Changes an object, or the options of its resource, in place before it is declared. */
export type Transformation = (manifest: Manifest, opts: pulumi.CustomResourceOptions) => void;

export interface ConfigFileArgs {
  /** File in YAML or JSON, or a folder of such files, relative to the program's working directory. */
  readonly file: string;
  /** Applied to every object, in this order. */
  readonly transformations?: readonly Transformation[];
  /** Beginning of the names of the resources. Default: the name of the ConfigFile. */
  readonly resourcePrefix?: string;
  /** The cluster of all objects, where it is not the stack's. */
  readonly connection?: ConnectionArgument;
  /** Whether `pulumi up` goes on without waiting for the machines to run. Default: false. */
  readonly skipAwait?: boolean;
}

interface Declared {
  readonly manifest: Manifest;
  readonly resource: KubevirtResource;
}

/**
 * The machines and presets of a manifest as resources named `PREFIX-NAMESPACE/NAME`, or `PREFIX-NAME` where the manifest
 * gives no namespace. Presets concern all machines of the program, whatever their order in the file.
 */
export class ConfigFile extends pulumi.ComponentResource {
  /** All resources, by `kubevirt.io/v1alpha1/KIND::NAMESPACE/NAME` (or `…::NAME`). */
  public readonly resources: pulumi.Output<Record<string, pulumi.CustomResource>>;
  readonly #declared: readonly Declared[];

  constructor(name: string, args: ConfigFileArgs, opts?: pulumi.ComponentResourceOptions) {
    super("kubevirt:index:ConfigFile", name, {}, opts);
    const manifests = readKnown(args.file).sort((left, right) => rank(left.kind) - rank(right.kind));
    const own = args.connection === undefined ? {} : { connection: args.connection };
    this.#declared = manifests.map((manifest) => {
      const options: pulumi.CustomResourceOptions = { parent: this };
      if (args.skipAwait === true) annotate(manifest, "pulumi.com/skipAwait", "true");
      for (const transform of args.transformations ?? []) transform(manifest, options);
      const { kind, metadata, spec } = manifest;
      const resourceName = `${args.resourcePrefix ?? name}-${addressOf(manifest)}`;
      return { manifest, resource: resourceOfKind[kind](resourceName, { metadata, spec, ...own }, options) };
    });
    this.resources = pulumi.output(
      Object.fromEntries(
        this.#declared.map(({ manifest, resource }): [string, pulumi.CustomResource] => [
          `${apiVersion}/${manifest.kind}::${addressOf(manifest)}`,
          resource,
        ]),
      ),
    );
    this.registerOutputs({});
  }

  /** A resource by its object's kind and name. Throws when there is none, or when several namespaces have one. */
  getResource<Kind extends ManifestKind>(
    kind: Kind,
    name: string,
    namespace?: string,
  ): ReturnType<(typeof resourceOfKind)[Kind]> {
    const found = this.#declared.filter(
      ({ manifest }) =>
        manifest.kind === kind &&
        manifest.metadata.name === name &&
        (namespace === undefined || (manifest.metadata.namespace ?? "") === namespace),
    );
    const [only] = found;
    if (only === undefined || found.length > 1) {
      const known = this.#declared.map(({ manifest }) => `${manifest.kind} ${addressOf(manifest)}`);
      const wanted = `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
      const count = only === undefined ? "no" : "more than one";
      throw new pulumi.RunError(`the manifest has ${count} ${wanted} (it has: ${known.join(", ")})`);
    }
    return only.resource as ReturnType<(typeof resourceOfKind)[Kind]>;
  }
}

/** Throws every fault of the file at once, each with its place. */
function readKnown(file: string): Manifest[] {
  const { objects, faults } = readManifests([file === "-" ? "./-" : file]);
  const lines = faults.map(({ message }) => message);
  const places = new Map<string, string>();
  const manifests = objects.flatMap((source) => {
    const known = toManifest(source, lines);
    if (known === undefined) return [];
    const key = `${known.kind} ${addressOf(known)}`;
    const place = formatPlace(source.file, source.locate("metadata.name"));
    const first = places.get(key);
    if (first !== undefined) lines.push(`${place}: ${key} is declared already at ${first}; keep one`);
    else places.set(key, place);
    return [known];
  });
  if (lines.length > 0) throw new pulumi.RunError(lines.join("\n"));
  return manifests;
}

const knownFields = new Set(["apiVersion", "kind", "metadata", "spec", "status"]);

/** Undefined, with one more line, when this component cannot make a resource of the object. */
function toManifest({ object, file, locate }: ManifestObject, lines: string[]): Manifest | undefined {
  const refuse = (field: string, why: string): undefined => {
    lines.push(`${formatPlace(file, locate(field, "key"))}: ${why}`);
  };
  const { kind, metadata, spec } = object;
  if (!isManifestKind(kind) || object.apiVersion !== apiVersion) {
    const what = `${String(object.apiVersion)} ${String(kind)}`;
    const kinds = Object.keys(resourceOfKind).join(", ");
    return refuse(
      isManifestKind(kind) ? "apiVersion" : "kind",
      `${what} is no kind that ConfigFile declares (${kinds}, all ${apiVersion}); use @pulumi/kubernetes' yaml.ConfigFile for others, from a file of their own`,
    );
  }
  if (!isNamed(metadata)) {
    return refuse("metadata", `a ${kind} needs metadata.name: its resource is called after it`);
  }
  const stray = Object.keys(object).find((field) => !knownFields.has(field));
  if (stray !== undefined) return refuse(stray, `${stray}: unknown field; a ${kind} has metadata and spec`);
  return { apiVersion, kind, metadata: { ...metadata }, spec };
}

function isManifestKind(kind: unknown): kind is ManifestKind {
  return typeof kind === "string" && Object.hasOwn(resourceOfKind, kind);
}

function isNamed(metadata: unknown): metadata is Manifest["metadata"] {
  return typeof metadata === "object" && metadata !== null && "name" in metadata && typeof metadata.name === "string";
}

function rank(kind: ManifestKind): number {
  return Object.keys(resourceOfKind).indexOf(kind);
}

function annotate({ metadata }: Manifest, key: string, value: string): void {
  metadata.annotations = { [key]: value, ...metadata.annotations };
}

function addressOf({ metadata: { namespace, name } }: Manifest): string {
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
}
