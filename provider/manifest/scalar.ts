/** What a scalar of the tree says, with its quotes and its tag. Tags beyond JSON's own types are refused. */
import type { Node, Scalar } from "yaml";
import { offsetOf } from "./document-nodes";
import { TextFault } from "./manifest-error";
import { type PlainScalar, readPlainScalar } from "./plain-scalar";

const coreTag = "tag:yaml.org,2002:";

/** Throws TextFault. */
export function readScalar(node: Scalar): PlainScalar {
  const text = typeof node.value === "string" ? node.value : "";
  const { tag } = node;
  if (tag === `${coreTag}str` || (tag === undefined && node.type !== "PLAIN"))
    return { value: text, surprising: false };
  const plain = readPlainScalar(text);
  if (plain.fault !== undefined) {
    throw new TextFault(offsetOf(node), `${plain.fault}; write it in quotes for the text`);
  }
  if (tag !== undefined && !fitsTag(tag, plain.value)) {
    throw new TextFault(offsetOf(node), `the tag ${shortTag(tag)} is not understood here; leave it out`);
  }
  return tag === undefined ? plain : { value: plain.value, surprising: false };
}

function fitsTag(tag: string, value: PlainScalar["value"]): boolean {
  switch (tag) {
    case `${coreTag}int`:
      return Number.isInteger(value);
    case `${coreTag}float`:
      return typeof value === "number";
    case `${coreTag}bool`:
      return typeof value === "boolean";
    case `${coreTag}null`:
      return value === null;
    default:
      return false;
  }
}

/** Throws TextFault when a list or an object has a tag of another kind. */
export function checkTag(node: Node, allowed: "seq" | "map"): void {
  const { tag } = node;
  if (tag !== undefined && tag !== `${coreTag}${allowed}`) {
    throw new TextFault(offsetOf(node), `the tag ${shortTag(tag)} is not understood here; leave it out`);
  }
}

function shortTag(tag: string): string {
  return tag.startsWith(coreTag) ? `!!${tag.slice(coreTag.length)}` : tag;
}
