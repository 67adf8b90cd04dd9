/**
 * `virtctl manifests`: what the control plane is on a cluster, as YAML for kubectl, Argo CD or Flux. The same objects as
 * the component of a Pulumi program makes.
 */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { renderFieldError } from "../../core/field-error";
import { child, isObject, type JsonObject } from "../../core/json-tree";
import { type ControlPlaneOptions, controlPlaneFaults, controlPlaneManifests, type Manifest } from "../../deploy";
import { printYaml } from "../../manifest/print-yaml";
import { type Answer, allowed, refusal, refused, unreadable } from "./answer";
import { ForeignFolderError, type NamedText, writeFolder } from "./manifest-folder";

/** As the command line has them: flags win over the file of options. */
export interface ManifestsFlags {
  readonly options?: string;
  readonly output?: string;
  readonly registry?: string;
  readonly tag?: string;
  readonly pullPolicy?: string;
  readonly pullSecret: readonly string[];
  readonly namespace?: string;
  readonly replicas?: number;
  readonly nodeSelector: readonly string[];
  readonly toleration: readonly string[];
  readonly libvirt?: string;
  readonly selfFenceSeconds?: number;
  readonly insecureRegistry: readonly string[];
  readonly registryCa: readonly string[];
}

/** A file cannot be read, or a flag is not written as it should be. */
class InputError extends Error {}

/** `release` is the version of this package: the images' tag unless another is given. */
export function manifests(flags: ManifestsFlags, release: string): Answer {
  try {
    const options = optionsOf(flags);
    const faults = controlPlaneFaults(options);
    if (faults.length > 0) return refusal(refused, `${faults.map(renderFieldError).join("\n")}\n`);
    const objects = controlPlaneManifests(options as unknown as ControlPlaneOptions, release);
    if (flags.output === undefined) return { stdout: yamlOf(objects), stderr: "", exitCode: allowed };
    return { stdout: written(flags.output, objects), stderr: "", exitCode: allowed };
  } catch (error) {
    if (error instanceof InputError) return refusal(unreadable, `${error.message}\n`);
    if (error instanceof ForeignFolderError) return refusal(refused, `${error.message}\n`);
    throw error;
  }
}

/** A setting that was not given is left to the file, or to the defaults. */
function optionsOf(flags: ManifestsFlags): JsonObject {
  const file = flags.options === undefined ? {} : readOptions(flags.options);
  const image = withoutAbsent({
    registry: flags.registry,
    tag: flags.tag,
    pullPolicy: flags.pullPolicy,
    pullSecrets: given(flags.pullSecret),
  });
  const settings = withoutAbsent({
    namespace: flags.namespace,
    replicas: flags.replicas,
    nodeSelector: flags.nodeSelector.length === 0 ? undefined : Object.fromEntries(flags.nodeSelector.map(label)),
    tolerations: given(flags.toleration)?.map(toleration),
    libvirt: flags.libvirt,
    selfFenceSeconds: flags.selfFenceSeconds,
    insecureRegistries: given(flags.insecureRegistry),
    registryCa: given(flags.registryCa)?.map(readText).join("\n"),
  });
  const options = { ...file, ...settings, image: isObject(file.image) ? { ...file.image, ...image } : image };
  if (child(options.image, "registry") === undefined) {
    throw new InputError(
      "where are the images? Give --registry REGISTRY, or image.registry in the file that --options names",
    );
  }
  return options;
}

const given = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);

function withoutAbsent(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function readOptions(file: string): JsonObject {
  const text = readText(file);
  const value: unknown = attempt(`${file} is no YAML`, () => parse(text));
  if (isObject(value)) return value;
  throw new InputError(`${file}: must be an object with the options of the control plane, such as image and replicas`);
}

function readText(file: string): string {
  return attempt(`${file} cannot be read`, () => readFileSync(file, "utf8"));
}

function attempt<T>(failure: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw new InputError(`${failure}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** `KEY=VALUE` */
function label(text: string): readonly [string, string] {
  const [, key = "", value = ""] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (key === "") throw new InputError(`--node-selector ${text}: a label is written KEY=VALUE`);
  return [key, value];
}

/** As `kubectl taint` spells taints: `KEY`, `KEY=VALUE`, `KEY:EFFECT` or `KEY=VALUE:EFFECT`. */
function toleration(text: string): JsonObject {
  const [, key = "", value, effect] = /^([^=:]+)(?:=([^:]*))?(?::(.+))?$/.exec(text) ?? [];
  if (key === "") throw new InputError(`--toleration ${text}: a taint is written KEY[=VALUE][:EFFECT]`);
  return withoutAbsent({ key, operator: value === undefined ? "Exists" : "Equal", value, effect });
}

const yamlOf = (objects: readonly Manifest[]): string =>
  printYaml(objects.map((object) => ({ object, provenance: {} })));

/** One file for each object, and the list of them by which kustomize knows the order. */
function written(folder: string, objects: readonly Manifest[]): string {
  const files = objects.map((object): NamedText => ({ name: fileName(object), text: yamlOf([object]) }));
  const list = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: files.map(({ name }) => name),
  };
  writeFolder(folder, [...files, { name: "kustomization.yaml", text: printYaml([{ object: list, provenance: {} }]) }]);
  return `${objects.length} objects are in ${folder}; apply them with: kubectl apply -k ${folder}\n`;
}

function fileName({ kind, metadata: { namespace, name } }: Manifest): string {
  const parts = [kind.toLowerCase(), ...(namespace === undefined ? [] : [namespace]), name];
  return `${parts.join("-").replace(/[^a-z0-9.-]/g, "-")}.yaml`;
}
