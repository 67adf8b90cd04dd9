/** What should be there: the objects of a stack's state (`pulumi stack export`), or those of manifests. */
import { kindByName } from "../../../api/v1alpha1/kinds";
import { child, childAt, isObject, items, type JsonObject } from "../../../core/json-tree";
import { withSecretReferences } from "../../../lifecycle/render/secrets";
import { renderFolderOf } from "../../../lifecycle/render/verbs";
import { readManifests } from "../../../manifest";
import { readTexts } from "../../../manifest/files";
import { mostInputBytes } from "../../../manifest/limits";
import { faultLine, readingFaultLine, renderDiagnostics } from "../diagnostics";
import { judge } from "../judge";

export interface Wanted {
  readonly kind: string;
  /** Undefined: the connection's. */
  readonly namespace: string | undefined;
  readonly name: string;
  /** Has `metadata` and `spec`; in the place of a value that is encrypted, `secretValue`. */
  readonly object: JsonObject;
}

/** What there is to compare with cannot be read. */
export class WantedError extends Error {}

/** Stands for a value that nobody can see here. */
export const secretValue = Symbol("secret");

export function wantedOfManifests(filenames: readonly string[]): readonly Wanted[] {
  const { objects, faults } = readManifests(filenames);
  if (faults.length > 0) throw new WantedError(renderDiagnostics(faults.map(readingFaultLine)).trimEnd());
  const judgements = judge(objects);
  const causes = judgements.flatMap(({ source, errors, merged }) =>
    [...errors, ...(merged?.faults ?? [])].map((error) => faultLine(source, error)),
  );
  if (causes.length > 0) throw new WantedError(renderDiagnostics(causes).trimEnd());
  return judgements.flatMap(({ source, merged }) => wantedOf(merged?.object ?? source.object));
}

function wantedOf(object: JsonObject): readonly Wanted[] {
  const kind = child(object, "kind");
  const name = childAt(object, ["metadata", "name"]);
  const namespace = childAt(object, ["metadata", "namespace"]);
  if (typeof kind !== "string" || kindByName(kind) === undefined || typeof name !== "string") return [];
  return [{ kind, name, namespace: typeof namespace === "string" ? namespace : undefined, object }];
}

const remedy = "give it the output of: pulumi stack export";
const typeOfKind = /^(?:kubevirt:index:|pulumi-nodejs:dynamic\/kubevirt:)([A-Za-z]+)$/;

export function wantedOfState(file: string): readonly Wanted[] {
  const { texts, faults } = readTexts([file], mostInputBytes);
  const [fault] = faults;
  if (fault !== undefined) throw new WantedError(fault.message);
  const place = texts[0]?.file ?? file;
  const state = parseState(texts[0]?.text ?? "", place);
  const resources = childAt(state, ["deployment", "resources"]);
  if (!isObject(child(state, "deployment")) || (resources !== undefined && !Array.isArray(resources))) {
    throw new WantedError(`${place}: has no deployment.resources; ${remedy}`);
  }
  return items(resources).flatMap((resource) => {
    const type = child(resource, "type");
    const kind = typeof type === "string" ? typeOfKind.exec(type)?.[1] : undefined;
    const inputs = child(resource, "inputs");
    // What is about to be deleted is wanted no more.
    if (kind === undefined || !isObject(inputs) || child(resource, "delete") === true) return [];
    const { metadata, spec } = withoutEnvelopes(inputs) as JsonObject;
    const object = { kind, metadata, spec };
    return wantedOf(renderFolderOf(inputs) === undefined ? object : withSecretReferences(object).object);
  });
}

function parseState(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new WantedError(`${place}: is no JSON (${cause.message}); ${remedy}`, { cause });
  }
}

/** The engine's key for values that are not plain JSON, and the one that says: a secret. */
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** Secrets are compared by nobody: what is in one is not for a terminal. */
function withoutEnvelopes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEnvelopes);
  if (!isObject(value)) return value;
  if (child(value, signature) === secretSignature) return secretValue;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutEnvelopes(inner)]));
}
