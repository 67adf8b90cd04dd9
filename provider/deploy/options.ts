/** How the control plane is to be installed: what a person gave, checked, and with every default filled in. */
import { type ContainerResources, ControlPlane, type LibvirtMode, type Toleration } from "../api/control-plane";
import { labelKeyPattern, labelValuePattern } from "../api/names";
import { parseQuantity } from "../api/quantity";
import { findStructuralFaults } from "../api/structure";
import { type FieldError, renderFieldError } from "../core/field-error";
import { items, nothingUnknown } from "../core/json-tree";
import { FaultList } from "../core/validation/faults";
import { reportStructuralFaults } from "../core/validation/structure";

export type { ControlPlane as ControlPlaneOptions } from "../api/control-plane";

/** The options with nothing left open. */
export interface ControlPlaneSettings {
  readonly namespace: string;
  readonly registry: string;
  readonly tag: string;
  readonly pullPolicy: string;
  readonly pullSecrets: readonly string[];
  readonly replicas: number;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
  readonly libvirt: LibvirtMode;
  readonly selfFenceSeconds: number;
  readonly insecureRegistries: readonly string[];
  readonly registryCa: string | undefined;
  readonly resources: Readonly<Record<"controller" | "agent" | "libvirt", ContainerResources>>;
}

/** The options cannot be what was meant: one line for each fault, with its path, its value and what would be right. */
export class ControlPlaneOptionsError extends Error {
  readonly faults: readonly FieldError[];

  constructor(faults: readonly FieldError[]) {
    super(faults.map(renderFieldError).join("\n"));
    this.name = "ControlPlaneOptionsError";
    this.faults = faults;
  }
}

export const defaultNamespace = "kubevirt";
export const defaultSelfFenceSeconds = 300;

/** The images are of this kind only. */
const ofImages = { "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64" } as const;

const asReleased = {
  controller: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "1Gi" } },
  agent: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "1Gi" } },
  // A guest starts in libvirt's cgroup, before it is moved to that of its own pod: a limit would be the guest's.
  libvirt: { requests: { cpu: "50m", memory: "96Mi" } },
} as const;

/** `version` is the release of this package. Throws ControlPlaneOptionsError with every fault. */
export function settingsOf(options: ControlPlane, version: string): ControlPlaneSettings {
  const faults = controlPlaneFaults(options);
  if (faults.length > 0) throw new ControlPlaneOptionsError(faults);
  const { image, resources } = options;
  return {
    namespace: options.namespace ?? defaultNamespace,
    registry: image.registry,
    tag: image.tag ?? version,
    pullPolicy: image.pullPolicy ?? "IfNotPresent",
    pullSecrets: image.pullSecrets ?? [],
    replicas: options.replicas ?? 2,
    nodeSelector: { ...ofImages, ...options.nodeSelector },
    tolerations: options.tolerations ?? [{ operator: "Exists" }],
    libvirt: options.libvirt ?? "pod",
    selfFenceSeconds: options.selfFenceSeconds ?? defaultSelfFenceSeconds,
    insecureRegistries: options.insecureRegistries ?? [],
    registryCa: options.registryCa,
    resources: {
      controller: resources?.controller ?? asReleased.controller,
      agent: resources?.agent ?? asReleased.agent,
      libvirt: resources?.libvirt ?? asReleased.libvirt,
    },
  };
}

export const imageOf = (name: string, { registry, tag }: ControlPlaneSettings): string => `${registry}/${name}:${tag}`;

/** Every fault of what was given, whatever that is. */
export function controlPlaneFaults(options: unknown): readonly FieldError[] {
  const faults = new FaultList(nothingUnknown);
  const structural = findStructuralFaults(ControlPlane, options);
  reportStructuralFaults(faults, structural, options);
  // The rules below are for options that have a structure.
  if (structural.length === 0) checkRules(faults, options as ControlPlane);
  return faults.errors;
}

function checkRules(faults: FaultList, options: ControlPlane): void {
  for (const [key, value] of Object.entries(options.nodeSelector ?? {})) {
    const field = `nodeSelector.${key}`;
    if (!labelKeyPattern.test(key)) faults.invalid(field, key, "must be a label's key, such as example.com/machines");
    if (!labelValuePattern.test(value) || value.length > 63)
      faults.invalid(field, value, "must be a label's value: at most 63 letters, digits, '-', '_' and '.'");
  }
  for (const [index, toleration] of items(options.tolerations).entries())
    checkToleration(faults, `tolerations[${index}]`, toleration as Toleration);
  for (const [part, resources] of Object.entries(options.resources ?? {}))
    checkResources(faults, `resources.${part}`, resources ?? {});
  if (options.libvirt === "host" && options.resources?.libvirt !== undefined)
    faults.invalid("resources.libvirt", undefined, "there is no such container with `libvirt: host`; leave it out");
  if (options.registryCa !== undefined) checkAuthorities(faults, options.registryCa);
}

function checkToleration(faults: FaultList, field: string, { key, operator, value }: Toleration): void {
  if (operator === "Exists" && value !== undefined && value !== "")
    faults.invalid(`${field}.value`, value, "goes with the operator Equal; with Exists, leave it out");
  if (key === undefined && operator !== "Exists")
    faults.required(`${field}.operator`, "must be Exists where no key is given");
}

function checkResources(faults: FaultList, field: string, { requests, limits }: ContainerResources): void {
  for (const [key, limit] of Object.entries(limits ?? {})) {
    const most = parseQuantity(limit);
    const least = parseQuantity(requests?.[key] ?? 0);
    if (most !== undefined && least !== undefined && least.nanos > most.nanos)
      faults.invalid(`${field}.limits.${key}`, limit, `must be at least the request, ${requests?.[key]}`);
  }
}

/** The text itself is not repeated: it may be a key that does not belong there. */
function checkAuthorities(faults: FaultList, text: string): void {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    faults.invalid("registryCa", undefined, "holds a private key, which everybody could read; give certificates only");
  else if (!/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/.test(text))
    faults.invalid("registryCa", undefined, "must be certificates in PEM (the text itself, not a file's name)");
}
