/**
 * What this company asks of its machines, apart from how Pulumi calls it: each rule takes a resource's type and
 * properties and returns what is wrong, one sentence for each fault.
 *
 * The two forms of a resource have the same kinds under different types: `pulumi-nodejs:dynamic/kubevirt:KIND` from programs
 * in TypeScript, `kubevirt:index:KIND` from the plugin.
 */

type Fields = Readonly<Record<string, unknown>>;
type Properties = Readonly<Record<string, unknown>>;

export type Rule = (type: string, properties: Properties) => readonly string[];

/** `VirtualMachine` and so on; undefined for the resources of others. */
export function kindOf(type: string): string | undefined {
  return /^(?:pulumi-nodejs:dynamic\/kubevirt|kubevirt:index):(\w+)$/.exec(type)?.[1];
}

/** The specs of machines that a resource makes, with their paths: its own, or that of its template. */
function machineSpecs(type: string, { spec }: Properties): readonly { path: string; spec: Fields }[] {
  switch (kindOf(type)) {
    case "VirtualMachine":
      return [{ path: "spec", spec: fields(spec) }];
    case "OfflineVirtualMachine":
    case "VirtualMachineReplicaSet":
      return [{ path: "spec.template.spec", spec: fields(fields(fields(spec).template).spec) }];
    default:
      return [];
  }
}

/** Machines have limits, presets merged: Pulumi shows a policy what the preview shows. */
export const limitsAreSet: Rule = (type, properties) =>
  machineSpecs(type, properties).flatMap(({ path, spec }) => {
    const limits = fields(fields(fields(spec.domain).resources).limits);
    return ["memory", "cpu"]
      .filter((name) => limits[name] === undefined)
      .map((name) => `${path}.domain.resources.limits.${name} must be set`);
  });

/** A preset without a selector, or with an empty one, changes every machine of its namespace. */
export const presetsSelect: Rule = (type, { spec }) => {
  if (kindOf(type) !== "VirtualMachinePreset") return [];
  const { matchLabels, matchExpressions } = fields(fields(spec).selector);
  const says = Object.keys(fields(matchLabels)).length + items(matchExpressions).length;
  return says > 0 ? [] : ["spec.selector must select something: without it the preset changes every machine"];
};

/** A tag can be moved to another image; a digest cannot. */
export const imagesHaveDigests: Rule = (type, properties) =>
  images(type, properties)
    .filter(({ image }) => !/@sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$/.test(image))
    .map(({ path, image }) => `${path}: "${image}" must end with a digest, as in NAME@sha256:…`);

export const registriesAreAllowed =
  (allowed: readonly string[]): Rule =>
  (type, properties) =>
    images(type, properties)
      .filter(({ image }) => !allowed.includes(registryOf(image)))
      .map(({ path, image }) => `${path}: "${image}" must come from one of: ${allowed.join(", ") || "no registry"}`);

function images(type: string, properties: Properties): readonly { path: string; image: string }[] {
  return machineSpecs(type, properties).flatMap(({ path, spec }) =>
    items(spec.volumes).flatMap((volume, index) => {
      const { image } = fields(fields(volume).registryDisk);
      return typeof image === "string" ? [{ path: `${path}.volumes[${index}].registryDisk.image`, image }] : [];
    }),
  );
}

/** As container tools read it: a first part with a dot, a port, or `localhost` is a registry; else it is Docker Hub's. */
function registryOf(image: string): string {
  const [first = "", ...rest] = image.split("/");
  return rest.length > 0 && (/[.:]/.test(first) || first === "localhost") ? first.toLowerCase() : "docker.io";
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
