/**
 * OpenAPI documents for kubectl: the index and one document for each group and version (v3), and all in one (v2).
 * Derived from the registry. kubectl explains from the schemas, and learns from the paths which resources take dry
 * runs and field validation. https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-interface-definition
 */
import { createHash } from "node:crypto";
import type { JsonRecord } from "./object";
import { apiVersionOf, type Registry, type ResourceDefinition } from "./registry";
import { objectMetaSchema, typeFields } from "./schema/object-meta";

/** The document at an OpenAPI path, or undefined when the path is none. */
export async function openApiDocument(pathname: string, registry: Registry): Promise<JsonRecord | undefined> {
  if (pathname === "/openapi/v3") return openApiIndex(registry);
  if (pathname === "/openapi/v2") return openApiV2(registry);
  const match = /^\/openapi\/v3\/(.+)$/.exec(pathname);
  if (match === null) return undefined;
  const definitions = listed(registry).filter((definition) => pathOf(definition) === match[1]);
  return definitions.length === 0 ? undefined : openApiV3(definitions);
}

function listed({ definitions }: Registry): readonly ResourceDefinition[] {
  return definitions.filter((definition) => definition.listed);
}

function pathOf(definition: ResourceDefinition): string {
  return definition.group === "" ? `api/${definition.version}` : `apis/${apiVersionOf(definition)}`;
}

function openApiIndex(registry: Registry): JsonRecord {
  const paths = [...new Set(listed(registry).map(pathOf))];
  const entries = paths.map((path) => {
    const own = listed(registry).filter((definition) => pathOf(definition) === path);
    const hash = createHash("sha256")
      .update(JSON.stringify(openApiV3(own)))
      .digest("hex")
      .slice(0, 32);
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }];
  });
  return { paths: Object.fromEntries(entries) };
}

function openApiV3(definitions: readonly ResourceDefinition[]): JsonRecord {
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "v1.32.0" },
    paths: Object.fromEntries(definitions.flatMap(pathsOf)),
    components: {
      schemas: {
        ...Object.fromEntries(definitions.map((each) => [schemaName(each), schemaOf(each, "#/components/schemas")])),
        [objectMetaName]: objectMetaSchema,
      },
    },
  };
}

function openApiV2(registry: Registry): JsonRecord {
  const definitions = listed(registry).map((each) => [schemaName(each), schemaOf(each, "#/definitions")]);
  return {
    swagger: "2.0",
    info: { title: "Kubernetes", version: "v1.32.0" },
    paths: {},
    definitions: { ...Object.fromEntries(definitions), [objectMetaName]: objectMetaSchema },
  };
}

/** `io.kubevirt.v1alpha1.VirtualMachine`: the group's labels from the right, as in Kubernetes. */
function schemaName({ group, version, kind }: ResourceDefinition): string {
  const reversed = group === "" ? "io.k8s.api.core" : group.split(".").reverse().join(".");
  return `${reversed}.${version}.${kind}`;
}

function gvkOf({ group, version, kind }: ResourceDefinition): JsonRecord {
  return { group, kind, version };
}

const objectMetaName = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/** Type and metadata are the server's affair: it knows the one from the path, and fills the other. */
function schemaOf(definition: ResourceDefinition, schemas: string): JsonRecord {
  const { required = [], properties, ...schema } = definition.schema();
  const own = required.filter((field) => field !== "metadata" && !Object.hasOwn(typeFields, field));
  const metadata = { allOf: [{ $ref: `${schemas}/${objectMetaName}` }], description: objectMetaSchema.description };
  return {
    ...schema,
    ...(own.length > 0 && { required: own }),
    properties: { ...properties, ...typeFields, metadata },
    "x-kubernetes-group-version-kind": [gvkOf(definition)],
  };
}

function pathsOf(definition: ResourceDefinition): readonly (readonly [string, JsonRecord])[] {
  const collection = `/${pathOf(definition)}/${definition.namespaced ? "namespaces/{namespace}/" : ""}${definition.plural}`;
  return [
    [collection, collectionPath(definition)],
    [`${collection}/{name}`, itemPath(definition)],
  ];
}

const query = (name: string) => ({ name, in: "query", schema: { type: "string", uniqueItems: true } });
const writeParameters = ["dryRun", "fieldManager", "fieldValidation"].map(query);

function collectionPath(definition: ResourceDefinition): JsonRecord {
  const gvk = { "x-kubernetes-group-version-kind": gvkOf(definition) };
  return {
    get: { ...gvk, "x-kubernetes-action": "list", responses: okResponse(definition) },
    post: { ...gvk, "x-kubernetes-action": "post", parameters: writeParameters, responses: okResponse(definition) },
  };
}

function itemPath(definition: ResourceDefinition): JsonRecord {
  const gvk = { "x-kubernetes-group-version-kind": gvkOf(definition) };
  const types = ["application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml"];
  const content = Object.fromEntries(types.map((type) => [type, { schema: { type: "object" } }]));
  return {
    get: { ...gvk, "x-kubernetes-action": "get", responses: okResponse(definition) },
    put: { ...gvk, "x-kubernetes-action": "put", parameters: writeParameters, responses: okResponse(definition) },
    patch: {
      ...gvk,
      "x-kubernetes-action": "patch",
      parameters: [...writeParameters, query("force")],
      requestBody: { content },
      responses: okResponse(definition),
    },
    delete: {
      ...gvk,
      "x-kubernetes-action": "delete",
      parameters: [query("dryRun")],
      responses: okResponse(definition),
    },
  };
}

function okResponse(definition: ResourceDefinition): JsonRecord {
  const schema = { $ref: `#/components/schemas/${schemaName(definition)}` };
  return { "200": { description: "OK", content: { "application/json": { schema } } } };
}
