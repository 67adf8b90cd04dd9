/**
 * What stands beside the objects of a rendered folder: a kustomization for each part and one for all, and a page for the
 * person who applies them. A function of the objects' files alone.
 *
 * The order is: control plane, presets, machines. A program's machines carry what its presets gave them, and would be the
 * same without it; it is for machines that others make, by hand or from a template, which should never find themselves
 * between two presets, and for definitions, without which nothing else is accepted. Argo CD goes by the annotation of the
 * part (its waves), kubectl by the order of the list, and Flux by a Kustomization for each part, which waits for the one
 * before it.
 */
import { printYaml } from "../../manifest/print-yaml";
import { type Part, parts } from "./parts";
import type { NeededSecret } from "./secret-notes";

export interface Listing {
  readonly part: Part;
  readonly name: string;
  readonly secrets: readonly NeededSecret[];
}

export interface ListFile {
  readonly folder: Part | ".";
  readonly name: string;
  /** Undefined: it should not be there. */
  readonly text: string | undefined;
}

const mark = "Written by pulumi-kubevirt from what is in this folder.";
const yamlMark = `# ${mark} Do not edit: pulumi up writes it again.\n`;
const pageMark = `<!-- ${mark} Do not edit: pulumi up writes it again. -->\n`;

const waves: Readonly<Record<Part, string | undefined>> = { "control-plane": "-2", presets: "-1", machines: undefined };
const waveAnnotation = "argocd.argoproj.io/sync-wave";

export function isOwnList(text: string): boolean {
  return text.startsWith(yamlMark) || text.startsWith(pageMark);
}

export function listFiles(listing: readonly Listing[]): readonly ListFile[] {
  const used = parts.filter((part) => listing.some((file) => file.part === part));
  return [
    ...parts.map((part): ListFile => {
      const names = listing.filter((file) => file.part === part).map(({ name }) => name);
      return {
        folder: part,
        name: "kustomization.yaml",
        text: names.length === 0 ? undefined : kustomization(names, waves[part]),
      };
    }),
    { folder: ".", name: "kustomization.yaml", text: used.length === 0 ? undefined : kustomization(used, undefined) },
    { folder: ".", name: "README.md", text: used.length === 0 ? undefined : page(used, listing) },
  ];
}

function kustomization(resources: readonly string[], wave: string | undefined): string {
  const patch = { metadata: { annotations: { [waveAnnotation]: wave } } };
  const object = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources,
    // As they are listed, not by the names of their kinds.
    sortOptions: { order: "fifo" },
    ...(wave === undefined
      ? {}
      : {
          patches: [
            {
              target: { kind: ".*" },
              patch: `${JSON.stringify({ apiVersion: "v1", kind: "any", ...named(patch) })}\n`,
            },
          ],
        }),
  };
  return `${yamlMark}${printYaml([{ object, provenance: {} }])}`;
}

/** A patch for many objects wants a name, which counts for nothing. */
function named<T extends { readonly metadata: object }>(patch: T) {
  return { metadata: { name: "any", ...patch.metadata } };
}

function page(used: readonly Part[], listing: readonly Listing[]): string {
  const secrets = listing.flatMap((file) => file.secrets).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const steps = used.includes("control-plane")
    ? "kubectl apply --server-side -k control-plane && kubectl apply --server-side -k ."
    : "kubectl apply --server-side -k .";
  const lines = [
    "# Virtual machines",
    "",
    "Rendered by a Pulumi program whose stack sets `kubevirt:renderTo`. Apply it with",
    "",
    "```sh",
    steps,
    "```",
    "",
    `or point Argo CD at this folder, or a Flux Kustomization at each of ${used.map((part) => `\`${part}\``).join(", ")}, in this order.`,
    ...(secrets.length === 0 ? [] : secretLines(secrets)),
  ];
  return `${pageMark}${lines.join("\n")}\n`;
}

function secretLines(secrets: readonly NeededSecret[]): readonly string[] {
  return [
    "",
    "## Secrets that must be there",
    "",
    "Their content is not in this folder. Machines wait for them. For each, put the user data into a file and run",
    "`kubectl create secret generic NAME --namespace NAMESPACE --from-file=userdata=FILE`, or seal or sync it by what you use for that.",
    "",
    "| namespace | name | key | content |",
    "| --- | --- | --- | --- |",
    ...secrets.map(({ namespace, name, key, content }) => `| ${namespace} | ${name} | ${key} | ${content} |`),
  ];
}

const keyOf = ({ namespace, name }: NeededSecret): string => `${namespace}/${name}`;
