/** Turns a verb's answer into the document that was asked for: plain objects, metadata alone, or a table. */
import type { Answer, ObjectList } from "./context";
import { type Accepted, requireFit } from "./negotiate";
import type { JsonRecord, KubeObject } from "./object";
import { apiVersionOf } from "./registry";
import { parseIncludeObject, toPartialObject, toTable } from "./table";

export interface RenderOptions {
  readonly accepted: Accepted;
  readonly query: URLSearchParams;
  readonly now: number;
}

export function renderAnswer(answer: Exclude<Answer, { type: "watch" }>, options: RenderOptions): object {
  switch (answer.type) {
    case "status":
      return answer.status;
    case "object":
      return renderObject(answer, options);
    case "list":
      return renderList(answer.list, options);
  }
}

function renderObject({ definition, object }: Extract<Answer, { type: "object" }>, options: RenderOptions): object {
  const { accepted, query, now } = options;
  requireFit(accepted, "object");
  const version = versionOf(accepted);
  switch (accepted.as?.kind) {
    case "Table": {
      const metadata = { resourceVersion: object.metadata.resourceVersion ?? "" };
      const includeObject = parseIncludeObject(query);
      return toTable([object], metadata, { definition, now, includeObject, version, withColumns: true });
    }
    case "PartialObjectMetadata":
      return toPartialObject(object, version);
    default:
      return object;
  }
}

/** A list in its plain form as JSON, without parsing what is in it. */
export function renderListText(list: ObjectList): string {
  const { definition } = list;
  const head = { kind: definition.listKind, apiVersion: apiVersionOf(definition), metadata: listMetadata(list) };
  return `${JSON.stringify(head).slice(0, -1)},"items":[${itemTexts(list).join(",")}]}\n`;
}

function renderList(list: ObjectList, { accepted, query, now }: RenderOptions): object {
  requireFit(accepted, "list");
  const metadata = listMetadata(list);
  const { definition } = list;
  const items = list.items();
  const version = versionOf(accepted);
  switch (accepted.as?.kind) {
    case "Table": {
      const includeObject = parseIncludeObject(query);
      return toTable(items, metadata, { definition, now, includeObject, version, withColumns: true });
    }
    case "PartialObjectMetadataList":
      return {
        kind: "PartialObjectMetadataList",
        apiVersion: `meta.k8s.io/${version}`,
        metadata,
        items: items.map((object) => toPartialObject(object, version)),
      };
    default:
      return {
        kind: definition.listKind,
        apiVersion: apiVersionOf(definition),
        metadata,
        items: items.map(itemOf(list)),
      };
  }
}

/** Of the forms that are of the group meta.k8s.io. */
function versionOf({ as }: Accepted): string {
  return as?.version ?? "v1";
}

/** Items of built-in lists do not repeat what the list says of their type. */
function itemOf({ definition }: ObjectList): (object: KubeObject) => object {
  return definition.strategicMerge ? ({ apiVersion: _, kind: __, ...rest }) => rest : (object) => object;
}

function itemTexts(list: ObjectList): readonly string[] {
  return list.definition.strategicMerge
    ? list.items().map((object) => JSON.stringify(itemOf(list)(object)))
    : list.texts();
}

function listMetadata({ resourceVersion, continueToken, remaining }: ObjectList): JsonRecord {
  return {
    resourceVersion,
    ...(continueToken === undefined ? {} : { continue: continueToken }),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
  };
}

/** How one object of a watch is rendered; a table repeats its columns in the first event only. */
export function eventRenderer(
  plan: Pick<ObjectList, "definition">,
  { accepted, query }: Pick<RenderOptions, "accepted" | "query">,
): (object: KubeObject, now: number) => object {
  const version = versionOf(accepted);
  switch (accepted.as?.kind) {
    case "Table": {
      const includeObject = parseIncludeObject(query);
      let withColumns = true;
      return (object, now) => {
        const metadata = { resourceVersion: object.metadata.resourceVersion ?? "" };
        const { definition } = plan;
        const table = toTable([object], metadata, { definition, now, includeObject, version, withColumns });
        withColumns = false;
        return table;
      };
    }
    case "PartialObjectMetadata":
    case "PartialObjectMetadataList":
      return (object) => toPartialObject(object, version);
    default:
      return (object) => object;
  }
}
