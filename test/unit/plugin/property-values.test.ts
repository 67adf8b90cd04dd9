import fc from "fast-check";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { describe, expect, it } from "vitest";
import { renderFieldError } from "../../../provider/core/field-error";
import { unknownMarker } from "../../../provider/lifecycle/inputs";
import { receive, send } from "../../../provider/plugin/property-values";
import { asset, output, resource, secret } from "../../builders/property-values";

const received = (fields: Parameters<typeof Struct.fromJavaScript>[0]) => receive(Struct.fromJavaScript(fields));

describe("property values", () => {
  it("come in as the plain JSON that they are, whatever their keys", () => {
    const fields = { a: [1, "two", true, null, { b: {} }], "x.y/z": -0.5, constructor: "c", "": [] };
    expect(received(fields).fields).toEqual(fields);
  });

  it("are no properties where the engine sends none", () => {
    expect(receive(undefined).fields).toEqual({});
  });

  it.each([
    ["text", "04da6b54-80e4-46f7-96ec-b56ff0331ba9"],
    ["a boolean", "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7"],
    ["a number", "3eeb2bf0-c639-47a8-9e75-3b44932eb421"],
    ["a list", "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2"],
    ["an object", "dd056dcd-154b-4c76-9bd3-c8f88648b5ff"],
  ])("have one marker for what is not known yet, here %s, at any depth", (_what, marker) => {
    const { fields } = received({ top: marker, spec: { volumes: [{ deep: { deeper: [marker] } }] } });
    expect(fields).toEqual({
      top: unknownMarker,
      spec: { volumes: [{ deep: { deeper: [unknownMarker] } }] },
    });
  });

  it("are plain where they are secret, and secret again on their way back, at any depth", () => {
    const spec = { volumes: [{ name: "seed", cloudInitNoCloud: { userData: secret("password") } }], list: secret([1]) };
    const { fields, secrets } = received({ spec, all: secret({ inner: secret("twice") }) });
    expect(fields).toEqual({
      spec: { volumes: [{ name: "seed", cloudInitNoCloud: { userData: "password" } }], list: [1] },
      all: { inner: "twice" },
    });
    expect(send(fields, secrets.pathsIn(fields)).toJavaScript()).toEqual({
      spec,
      all: secret({ inner: secret("twice") }),
    });
  });

  it("may be secret and not known at once", () => {
    const { fields, secrets } = received({ spec: { user: secret(unknownMarker) } });
    expect(fields).toEqual({ spec: { user: unknownMarker } });
    expect(send(fields, secrets.pathsIn(fields)).toJavaScript()).toEqual({ spec: { user: secret(unknownMarker) } });
  });

  it("may be outputs: known or not, secret or not", () => {
    const { fields, secrets } = received({
      known: output({ value: "a" }),
      unknown: output({}),
      hidden: output({ value: "b", secret: true }),
    });
    expect(fields).toEqual({ known: "a", unknown: unknownMarker, hidden: "b" });
    expect(secrets.pathsIn(fields)).toEqual([["hidden"]]);
  });

  it("are refused, with their path and what to do, where they are files or resources", () => {
    const { faults } = received({ spec: { volumes: [{ userData: asset("text") }], owner: resource("urn:pulumi:x") } });
    expect(faults.map(renderFieldError)).toEqual([
      "spec.owner: is a whole resource; name one of its outputs, such as its name",
      "spec.volumes[0].userData: is a file for Pulumi; a machine's fields are text: read the file into the program",
    ]);
  });

  it("are left out where they are undefined", () => {
    expect(send({ a: undefined, b: { c: undefined, d: 1 } }).toJavaScript()).toEqual({ b: { d: 1 } });
  });

  it("come back as they went, with any of them secret", () => {
    const json = fc.jsonValue({ maxDepth: 5 });
    // A map of protobuf's library for JavaScript cannot hold this key. No map of the API allows it.
    const lost = "__proto__";
    const name = fc.string().filter((key) => key !== lost);
    fc.assert(
      fc.property(fc.dictionary(name, json), name, (fields, key) => {
        // -0 and 0 are one number in JSON.
        const text = JSON.stringify({ ...fields, [key]: "hidden away" });
        const plain = JSON.parse(text, (inner, value) => (inner === lost ? undefined : value));
        const { fields: again, secrets } = receive(send(plain, [[key]]));
        expect(again).toEqual(plain);
        expect(secrets.pathsIn(again)).toContainEqual([key]);
      }),
    );
  });
});
