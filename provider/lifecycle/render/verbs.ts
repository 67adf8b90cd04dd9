/**
 * Pulumi's verbs for objects that are written to a folder instead of being deployed (`kubevirt:renderTo`). Which of the
 * two a resource is, is in its inputs and its state (`renderTo`), so that a destroy finds what there is to remove
 * whatever the stack's configuration has become.
 */
import type { FieldError } from "../../core/field-error";
import { joinPath } from "../../core/field-path";
import { hasUnknown } from "../../core/json-tree";
import { type DiffResult, diff } from "../diff";
import { type Fields, idOf, isFields, isUnknown, metadataOf, stringMap, toObject, urnAnnotation } from "../inputs";
import { outputsOf } from "../outputs";
import { fileOf, renderObject } from "./document";
import { RenderFolder } from "./folder";
import { RenderError } from "./render-error";
import { secretsIn } from "./secret-notes";
import { faultsOfSecrets } from "./secrets";

/** The input and output that says where a rendered resource's file is. */
export const renderToKey = "renderTo";

/** The folder that the resource is rendered to; undefined when it is deployed. */
export function renderFolderOf(fields: Fields): string | undefined {
  const folder = fields[renderToKey];
  return typeof folder === "string" ? folder : undefined;
}

export const isRendered = (fields: Fields): boolean => renderFolderOf(fields) !== undefined;

/** What a person is told once in a run that renders. */
export const renderingNotice = (folder: string): string =>
  `kubevirt:renderTo is set: \`pulumi up\` writes the objects as YAML to ${folder}; nothing is deployed, and no cluster is asked`;

/** What is wrong with going on with a resource in this way: a stack deploys, or renders. */
export function faultOfMode(olds: Fields, renderTo: string | undefined): FieldError | undefined {
  const before = renderFolderOf(olds);
  const isNew = !isFields(olds.metadata) && before === undefined;
  if (isNew || (before === undefined) === (renderTo === undefined)) return undefined;
  const detail =
    before === undefined
      ? "this stack has deployed the object, and to write it to a file would leave it running without anybody who removes it; render with a stack of its own (pulumi stack init), or run `pulumi destroy` first"
      : `this stack has written the object to ${before}; to deploy it use a stack of its own (pulumi stack init), or run \`pulumi destroy\` first, which removes the files`;
  return { type: "FieldValueForbidden", field: "kubevirt:renderTo", badValue: renderTo ?? null, detail };
}

/** Everything that would keep the object from being written. `inputs` are checked, `news` are as the SDK sent them. */
export function renderFaults(kind: string, inputs: Fields, context: { news: Fields; renderTo: string; olds: Fields }) {
  const { news, renderTo, olds } = context;
  const faults = [...faultsOfSecrets(toObject(kind, inputs), news.secretPaths)];
  const metadata = metadataOf(inputs);
  if (isUnknown(metadata.name) || isUnknown(metadata.namespace)) return faults;
  const owners = [urnOf(inputs), urnOf(olds)].filter((urn) => urn !== "");
  const why = new RenderFolder(renderTo).obstacle(fileOf(kind, inputs), owners);
  if (why !== undefined) {
    faults.push({ type: "FieldValueForbidden", field: "kubevirt:renderTo", badValue: renderTo, detail: why });
  }
  return faults;
}

/** What runs has facts (an address, a node); nothing runs here, so a file that wants one gets an empty text. */
export function unknownsInFiles(object: Fields): readonly string[] {
  return unknownPaths({ metadata: object.metadata, spec: object.spec }, "").map(
    (path) =>
      `${path}: is not known before the run; a fact of a running machine, such as its ipAddress, would be written as an empty text, since nothing runs`,
  );
}

function unknownPaths(value: unknown, path: string): readonly string[] {
  if (isUnknown(value)) return [path];
  if (Array.isArray(value)) return value.flatMap((item, index) => unknownPaths(item, joinPath(path, index)));
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => unknownPaths(inner, joinPath(path, key)));
}

/** A file that is gone, or that somebody has changed, is a change too: a run leaves the whole folder behind. */
export function renderedDiff(kind: string, olds: Fields, news: Fields): DiffResult {
  const result = diff(kind, olds, news);
  if (result.changes || hasUnknown(news, isUnknown)) return result;
  const renderTo = folderIn(news);
  const written = new RenderFolder(renderTo).holds(renderObject(kind, news), urnOf(news));
  return { ...result, changes: renderFolderOf(olds) !== renderTo || !written };
}

export function renderCreate(kind: string, inputs: Fields): { id: string; outs: Fields } {
  new RenderFolder(folderIn(inputs)).write(renderObject(kind, inputs), [urnOf(inputs)]);
  return { id: idOf(inputs), outs: renderedOutputs(kind, inputs) };
}

export function renderUpdate(
  kind: string,
  change: { olds: Fields; news: Fields },
  say: (line: string) => void,
): { outs: Fields } {
  const { olds, news } = change;
  const [before, after] = [folderIn(olds), folderIn(news)];
  const file = renderObject(kind, news);
  new RenderFolder(after).write(file, [urnOf(news), urnOf(olds)]);
  if (before !== after) new RenderFolder(before).remove(fileOf(kind, olds), urnOf(olds));
  // Nobody but the person who made the Secret can change it, and the file looks the same.
  const old = renderObject(kind, olds);
  if (old.text === file.text && JSON.stringify(olds.spec) !== JSON.stringify(news.spec)) {
    for (const { namespace, name } of secretsIn(file.text)) {
      say(`${kind} ${idOf(news)}: user data has changed: renew Secret ${namespace}/${name}`);
    }
  }
  return { outs: renderedOutputs(kind, news) };
}

/** The state as it is while the file is there. */
export function renderRead(kind: string, outputs: Fields): Fields | undefined {
  return new RenderFolder(folderIn(outputs)).has(fileOf(kind, outputs), urnOf(outputs)) ? outputs : undefined;
}

export function renderDelete(kind: string, props: Fields): void {
  new RenderFolder(folderIn(props)).remove(fileOf(kind, props), urnOf(props));
}

/** As for an object that no controller has seen yet. */
function renderedOutputs(kind: string, inputs: Fields): Fields {
  const live = { metadata: metadataOf(inputs), spec: inputs.spec };
  return { ...outputsOf(kind, live, inputs, { started: false }), [renderToKey]: inputs[renderToKey] };
}

export function urnOf(inputs: Fields): string {
  return stringMap(metadataOf(inputs).annotations)[urnAnnotation] ?? "";
}

function folderIn(fields: Fields): string {
  const folder = renderFolderOf(fields);
  if (folder !== undefined) return folder;
  throw new RenderError("the resource was not rendered to a folder; run `pulumi refresh`, then try again");
}
