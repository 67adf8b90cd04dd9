import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { parseManifest } from "../../../provider/manifest";

const read = (text: string) => parseManifest(text, "vm.yaml");
const objects = (text: string) => {
  const { objects: found, faults } = read(text);
  expect(faults.map(({ message }) => message)).toEqual([]);
  return found.map(({ object }) => object);
};
const faults = (text: string) => read(text).faults.map(({ message }) => message);

describe("documents", () => {
  it("are read from YAML, JSON and streams of either, and empty ones are skipped", () => {
    const a = { kind: "A" };
    const b = { kind: "B" };
    for (const text of [
      "kind: A\n---\nkind: B\n",
      "---\nkind: A\n---\n\n# nothing\n---\n---\nkind: B\n...\n",
      "kind: A\r\n---\r\nkind: B\r\n",
      "%YAML 1.2\n---\nkind: A\n--- # second\nkind: B",
      '{"kind":"A"}\n{"kind":"B"}',
      '{"kind":"A"}{"kind":"B"}',
      '{\n\t"kind":\t"A"\n}\n---\n{"kind": "B"}\n',
      "--- {kind: A}\n---\nkind: |-\n  B\n",
    ]) {
      expect(objects(text), text).toEqual([a, b]);
    }
  });

  it("keep a line of dashes that is inside of a text", () => {
    expect(objects("kind: |\n  ---\n  x\na: ----\n")).toEqual([{ kind: "---\nx\n", a: "----" }]);
  });

  it("give the objects of lists, also of lists of one kind whose items do not say it", () => {
    expect(objects("kind: List\nitems: [{kind: A}, {kind: List, items: [{kind: B}]}]")).toEqual([
      { kind: "A" },
      { kind: "B" },
    ]);
    expect(objects("apiVersion: g/v1\nkind: ThingList\nitems: [{metadata: {name: x}}]")).toEqual([
      { apiVersion: "g/v1", kind: "Thing", metadata: { name: "x" } },
    ]);
    expect(objects("kind: List\n---\nkind: ShoppingList\nspec: {}\n")).toEqual([{ kind: "ShoppingList", spec: {} }]);
  });

  it("that are broken are reported with their place, and the others are read", () => {
    const { objects: found, faults: broken } = read("kind: A\n---\nkind: [B\n---\nkind: C\n---\n- x\n");
    expect(found.map(({ object }) => object.kind)).toEqual(["A", "C"]);
    expect(broken.map(({ position }) => position)).toEqual([
      { line: 4, column: 1 },
      { line: 7, column: 1 },
    ]);
  });
});

describe("faults of a text", () => {
  it.each([
    ["a:\n\tb: 1\n", "vm.yaml:2:1: a tab cannot indent in YAML; use spaces"],
    ["a: 1\nb: {}\na: 2\n", 'vm.yaml:3:1: the key "a" stands twice; keep one'],
    ['{"a": 1, "b": {"c": 1, "c": 1}}', 'vm.yaml:1:24: the key "c" stands twice; keep one'],
    ["a: b: c\n", "vm.yaml:1:4: a value cannot be followed by another `key:` on its line"],
    ['a: "x\n', "vm.yaml:2:1: missing closing"],
    ["a: 1\n  b: 2\n", "vm.yaml:1:4: a value cannot be followed"],
    ["a: *b\n", "vm.yaml:1:4: the alias *b has no anchor &b before it"],
    ["a: &a [*a]\n", "levels; an alias may contain itself"],
    ["? [a]\n: 1\n", "vm.yaml:1:3: a key must be text; quote it"],
    ["~: 1\n", "vm.yaml:1:1: a key must be text"],
    ["a: !!binary aGk=\n", "the tag !!binary is not understood here"],
    ["a: !env HOME\n", "the tag !env is not understood here"],
    ["a: !!set {b}\n", "the tag !!set is not understood here"],
    ["a: !!int x\n", "the tag !!int is not understood here"],
    ["<<: 1\n", "`<<` takes an object"],
    ["a: .inf\n", "JSON has no such number"],
    ["a: 123456789012345678901\n", "too many digits"],
    ["a: 1e999\n", "the number is too large"],
    ["a: \u0001\n", "vm.yaml:1:4: the control character U+0001"],
    ["a: 1\rb: 2\n", "vm.yaml:1:5: a carriage return without a line feed"],
    [
      "hunter2\n",
      "vm.yaml:1:1: a Kubernetes object is expected here (apiVersion, kind, metadata, …), and this is a string",
    ],
    ["- kind: A\n", "put its items under `items` of a `kind: List`"],
    ["kind: List\nitems: {}\n", "vm.yaml:2:1: the items of a List must be a list"],
    ["%FOO\n", "vm.yaml:2:1: missing directives-end indicator line"],
  ])("%j is refused with its place", (text, message) => {
    expect(faults(text)).toHaveLength(1);
    expect(faults(text)[0]).toContain(message);
  });

  it("are one for each document, the first of it", () => {
    expect(faults("a: [1,,2,,3\nb: ]\n---\na: 1\na: 2\na: 3\n")).toHaveLength(2);
  });
});

describe("faults and notes", () => {
  it("do not repeat what may be a password", () => {
    const { objects: found, faults: broken } = read(
      "kind: Secret\nstringData: {pin: 00001234567}\n---\nstringData: {pin: 123456789012345678901}\n---\nhunter2\n",
    );
    const said = [
      ...broken.map(({ message }) => message),
      ...found.flatMap(({ notes }) => notes.map((note) => note.detail)),
    ];
    expect(said).toHaveLength(3);
    expect(said.join()).not.toMatch(/1234567|342391|hunter2/);
  });

  it("are short, however long the names in the text", () => {
    const { faults: broken } = read(`a: *${"x".repeat(10_000)}\n`);
    expect(broken[0]?.message.length).toBeLessThan(400);
  });
});

describe("words without quotes", () => {
  it("mean what kubectl takes them for, and those that surprise are noted", () => {
    const { objects: found, faults: none } = read(
      "spec:\n  present: yes\n  labels: {size: no, on: x}\n  mode: 0777\n  plain: true\n  size: 1_000\n",
    );
    expect(none).toEqual([]);
    const [one] = found;
    expect(one?.object).toEqual({
      spec: { present: true, labels: { size: false, true: "x" }, mode: 511, plain: true, size: 1000 },
    });
    expect(one?.notes.map(({ path }) => path.join("."))).toEqual([
      "spec.present",
      "spec.labels.size",
      "spec.labels.true",
      "spec.mode",
      "spec.size",
    ]);
    expect(one?.notes[1]?.detail).toBe(
      '`no` is read as false, as kubectl reads it; write false, or "no" in quotes for the text',
    );
  });

  it("keep their text in quotes, in block scalars and under !!str", () => {
    expect(objects("a: 'no'\nb: \"1\"\nc: !!str 1\nd: |-\n  true\ne: !!int 1\n")).toEqual([
      { a: "no", b: "1", c: "1", d: "true", e: 1 },
    ]);
  });
});

describe("keys that harm", () => {
  it("arrive as properties of their own", () => {
    const [object] = objects("__proto__: {admin: true}\nconstructor: 1\nspec: {__proto__: {x: 1}}\n");
    expect(Object.keys(object ?? {})).toEqual(["__proto__", "constructor", "spec"]);
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });
});

describe("aliases and merge keys", () => {
  it("are copied out: what stands in the object wins, then the earlier source", () => {
    expect(
      objects(
        "kind: A\nx: &x {p: 1, q: 1}\ny: &y {q: 2, r: 2}\nz: {<<: [*x, *y], p: 9}\nw: {<<: *x}\nv: [*x]\nu: {<<: {s: 3}}\n",
      )[0],
    ).toMatchObject({ z: { p: 9, q: 1, r: 2 }, w: { p: 1, q: 1 }, v: [{ p: 1, q: 1 }], u: { s: 3 } });
  });

  it("take the last anchor of a name before them", () => {
    expect(objects("a: &x 1\nb: *x\nc: &x 2\nd: *x\n")).toEqual([{ a: 1, b: 1, c: 2, d: 2 }]);
  });

  it("leave a quoted `<<` alone", () => {
    expect(objects('"<<": 1\n')).toEqual([{ "<<": 1 }]);
  });
});

describe("the place of a field", () => {
  const text = [
    "# machines", //                                 1
    "kind: List", //                                 2
    "items:", //                                     3
    "  - kind: VirtualMachine", //                   4
    "    spec:", //                                  5
    "      base: &base", //                          6
    "        volumeName: rot", //                    7
    "      domain:", //                              8
    "        devices:", //                           9
    "          disks:", //                          10
    "            - name: root", //                  11
    "              <<: *base", //                   12
    "            - {name: 'seed', bus: sata}", //   13
    "      'odd.key/x': 1", //                      14
  ].join("\r\n");
  const [object] = read(text).objects;
  const at = (path: string, place?: "key" | "value") => {
    const { line, column } = object?.locate(path, place) ?? { line: 0, column: 0 };
    return `${line}:${column}`;
  };

  it.each([
    ["", "4:5"],
    ["spec", "5:5"],
    ["spec.domain.devices.disks[0].name", "11:21"],
    ["spec.domain.devices.disks[0].volumeName", "7:21"],
    ["spec.domain.devices.disks[1].bus", "13:35"],
    ["spec.domain.devices.disks[1]", "13:15"],
    ["spec.domain.devices.disks[name=seed].bus", "13:35"],
    ["spec.domain.devices.disks[name=seed].none", "13:15"],
    ["spec.domain.devices.disks[7].name", "10:11"],
    ["spec.domain.cpu.cores", "8:7"],
    ["metadata.name", "4:5"],
    ['spec["odd.key/x"]', "14:20"],
  ])("%s is %s", (path, place) => {
    expect(at(path)).toBe(place);
  });

  it("is that of the key when the key is asked for", () => {
    expect(at("spec.domain.devices.disks[1].bus", "key")).toBe("13:30");
  });
});

describe("properties", () => {
  const key = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !text.endsWith("List"));
  const object = fc.dictionary(key, fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<unknown>, { maxKeys: 6 });
  const sound = (value: unknown): boolean =>
    typeof value === "number"
      ? // JSON's printer makes 0 of -0, and neither printer keeps the digits of larger numbers.
        !Object.is(value, -0) && (!Number.isInteger(value) || Number.isSafeInteger(value))
      : typeof value !== "object" || value === null || Object.values(value).every(sound);

  it("whatever YAML's printer prints is read back as it was", () => {
    fc.assert(
      fc.property(object.filter(sound), (given) => {
        expect(objects(stringify(given, { compat: "yaml-1.1" }))).toEqual([given]);
      }),
      { numRuns: 500 },
    );
  });

  it("whatever JSON's printer prints is read back as it was", () => {
    fc.assert(
      fc.property(object.filter(sound), fc.constantFrom(0, 2, "\t"), (given, indent) => {
        expect(objects(JSON.stringify(given, null, indent))).toEqual([given]);
      }),
      { numRuns: 500 },
    );
  });

  it("no text makes the reader throw", () => {
    const yamlish = fc
      .array(
        fc.oneof(
          fc.constantFrom(..."-?:,[]{}#&*!|>'\"%@` \t\n<~".split(""), "\r\n", "- ", ": ", "---\n", "...\n", "<<: "),
          fc.constantFrom("a", "&a ", "*a", "!!str ", "  ", "\n  ", "|+\n", "yes", "0x1", "items: ", "kind: List\n"),
          fc.string({ maxLength: 3, unit: "binary" }),
        ),
        { maxLength: 40 },
      )
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), yamlish), (text) => {
        const { objects: found, faults: broken } = read(text);
        for (const { locate } of found) expect(locate("a.b[0]").line).toBeGreaterThan(0);
        for (const { position } of broken) expect(position?.line).toBeGreaterThan(0);
      }),
      { numRuns: 3_000 },
    );
  });
});
