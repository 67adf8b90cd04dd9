import { describe, expect, test } from "vitest";
import { decodeEntry, encodeObject, textOfEntry } from "../../../provider/apiserver/object";

const type = { apiVersion: "kubevirt.io/v1alpha1", kind: "VirtualMachine" };
const metadata = { name: "web", labels: { app: 'a"b' }, resourceVersion: "3" };
const spec = { template: { metadata: { name: "inner" } } };

describe("the text of a stored object", () => {
  test("is the object with its revision, whatever order its writer chose", () => {
    const entry = { value: encodeObject({ spec, metadata, ...type }), revision: 17 };
    const text = JSON.parse(textOfEntry(entry, type));
    expect(text).toEqual({ ...type, spec, metadata: { ...metadata, resourceVersion: "17" } });
    expect(text).toEqual(decodeEntry(entry));
  });

  test("is found also where it was stored in another order, or as another type", () => {
    const value = JSON.stringify({ spec, metadata: { name: "web" }, ...type });
    expect(JSON.parse(textOfEntry({ value, revision: 4 }, type))).toEqual(decodeEntry({ value, revision: 4 }));
    const other = encodeObject({ ...type, kind: "Other", metadata });
    expect(JSON.parse(textOfEntry({ value: other, revision: 4 }, type))).toEqual(
      decodeEntry({ value: other, revision: 4 }),
    );
  });
});
