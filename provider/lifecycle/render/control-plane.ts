/**
 * The control plane of a stack that renders: its objects as files beside the machines, the same that `virtctl manifests`
 * prints. What it asks for is in the state, not the objects, which are many and follow from it.
 */
import { renderFieldError } from "../../core/field-error";
import { type ControlPlaneOptions, controlPlaneFaults, controlPlaneManifests, type Manifest } from "../../deploy";
import { printYaml } from "../../manifest/print-yaml";
import type { KindProvider } from "../index";
import { type Fields, isFields } from "../inputs";
import { type RenderedFile, RenderFolder } from "./folder";
import { RenderError } from "./render-error";
import { renderFolderOf, renderToKey } from "./verbs";

export const controlPlaneManifestsKind = "ControlPlaneManifests";

/** There is one control plane on a cluster, and one in a folder. */
const owner = "the control plane";

export function controlPlaneManifestsProvider(
  settings: () => { readonly renderTo?: string | undefined },
): Omit<KindProvider, "configure"> {
  return {
    check: async (_olds, news) => {
      const { renderTo } = settings();
      const { options, release, keepDefinitions } = news;
      const inputs = { options, release, keepDefinitions, [renderToKey]: renderTo };
      if (renderTo === undefined) {
        const reason =
          "kubevirt:renderTo: null: this stack has written the control plane to files; to install it use a stack of its own (pulumi stack init), or run `pulumi destroy` first, which removes the files";
        return { inputs, failures: [{ property: "", reason }] };
      }
      const faults = isFields(news.options) ? controlPlaneFaults(news.options) : [];
      const failures = faults.map((fault) => ({ property: "", reason: renderFieldError(fault) }));
      if (failures.length === 0 && isFields(news.options)) {
        const obstacles = filesOf(inputs).flatMap((file) => new RenderFolder(renderTo).obstacle(file, [owner]) ?? []);
        failures.push(...obstacles.map((why) => ({ property: "", reason: `kubevirt:renderTo: ${why}` })));
      }
      return { inputs, failures };
    },
    diff: async (_id, olds, news) => {
      const folder = new RenderFolder(folderIn(news));
      const isSame = folderIn(olds) === folderIn(news) && filesOf(news).every((file) => folder.holds(file, owner));
      return { changes: !isSame, replaces: [], deleteBeforeReplace: true };
    },
    create: async (inputs) => {
      write(inputs);
      return { id: "control-plane", outs: inputs };
    },
    update: async (_id, olds, news) => {
      write(news);
      if (folderIn(olds) !== folderIn(news)) removeAll(folderIn(olds), new Set());
      return { outs: news };
    },
    read: async (id, props) => (new RenderFolder(folderIn(props)).filesOf(owner).length === 0 ? {} : { id, props }),
    delete: async (_id, props) => removeAll(folderIn(props), new Set()),
  };
}

/** Every file, and none that an earlier release or other options have left. */
function write(inputs: Fields): void {
  const folder = new RenderFolder(folderIn(inputs));
  const files = filesOf(inputs);
  for (const file of files) folder.write(file, [owner]);
  removeAll(folderIn(inputs), new Set(files.map(({ name }) => name)));
}

function removeAll(path: string, kept: ReadonlySet<string>): void {
  const folder = new RenderFolder(path);
  for (const file of folder.filesOf(owner)) if (!kept.has(file.name)) folder.remove(file, owner);
}

function filesOf({ options, release, keepDefinitions }: Fields): readonly RenderedFile[] {
  // What check has let pass.
  const manifests = controlPlaneManifests(options as ControlPlaneOptions, String(release));
  return manifests.map((object, index) => ({
    part: "control-plane",
    name: fileName(object, index),
    text: printYaml([{ object: keepDefinitions === true ? kept(object) : object, provenance: {} }]),
  }));
}

/** With definitions go all machines of a cluster: what removes objects that are in no file any more must not remove these. */
function kept(object: Manifest): Manifest {
  if (object.kind !== "CustomResourceDefinition") return object;
  const annotations = {
    ...object.metadata.annotations,
    "argocd.argoproj.io/sync-options": "Prune=false",
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
  };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** With the place in the order, which the names of files keep. */
function fileName({ kind, metadata: { namespace, name } }: Manifest, index: number): string {
  const parts = [
    String(index + 1).padStart(2, "0"),
    kind.toLowerCase(),
    ...(namespace === undefined ? [] : [namespace]),
    name,
  ];
  return `${parts.join("_").replace(/[^a-z0-9._-]/g, "-")}.yaml`;
}

function folderIn(fields: Fields): string {
  const folder = renderFolderOf(fields);
  if (folder !== undefined) return folder;
  throw new RenderError("the control plane was not rendered to a folder; run `pulumi refresh`, then try again");
}
