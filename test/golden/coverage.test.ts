/**
 * Nothing is declared that no hand-checked case shows: every field of a machine's spec, every word that a field may say,
 * and every element and attribute of the domain vocabulary.
 */
import { describe, expect, it } from "vitest";
import { domain } from "../../provider/core/domain-xml/domain";
import { parseXml } from "../../provider/core/domain-xml/parse";
import type { XmlNode } from "../../provider/core/domain-xml/xml-node";
import { expectedOutcome, readCases } from "./cases";
import { type DeclaredField, declaredFields, givenFields } from "./declared-fields";

const cases = readCases();

describe("the hand-checked cases", () => {
  const declared = declaredFields("VirtualMachine").filter(({ path }) => path.startsWith("spec."));
  const given = cases.map(({ vm }) => givenFields(vm, declared));

  it("give every field of a machine's spec", () => {
    expect(declared.length).toBeGreaterThan(100);
    expect(declared.map(({ path }) => path).filter((path) => !given.some((fields) => fields.has(path)))).toEqual([]);
  });

  it("say every word that a field may say", () => {
    // Fields of one name with the same words are one schema, used in several places.
    const same = (one: DeclaredField) => `${one.path.split(".").at(-1)}: ${one.words.join(" or ")}`;
    const said = new Set(
      declared.flatMap((one) =>
        given.flatMap((fields) => (fields.get(one.path) ?? []).map((word) => `${same(one)}, ${word}`)),
      ),
    );
    const unsaid = declared
      .flatMap((one) => one.words.map((word) => `${same(one)}, ${word}`))
      .filter((one) => !said.has(one));
    expect(unsaid).toEqual([]);
  });

  it("show every element and attribute of the domain vocabulary", () => {
    const shown = new Set(cases.flatMap((one) => pathsOf(expectedOutcome(one)["domain.xml"])));
    expect(domain.paths.length).toBeGreaterThan(100);
    expect([...new Set(domain.paths)].filter((path) => !shown.has(path))).toEqual([]);
  });

  it("show nothing that is not declared", () => {
    const known = new Set(domain.paths);
    expect(
      cases.flatMap((one) => pathsOf(expectedOutcome(one)["domain.xml"])).filter((path) => !known.has(path)),
    ).toEqual([]);
  });
});

/** What a document has below its root, spelled as the declarations spell it: `devices/disk/@type`. */
function pathsOf(xml: string | undefined): readonly string[] {
  const root = xml === undefined ? undefined : parseXml(xml);
  return root === undefined ? [] : pathsBelow(root, "");
}

function pathsBelow(node: XmlNode, above: string): readonly string[] {
  return [
    ...node.attributes.map(([name]) => `${above}@${name}`),
    ...node.children.flatMap((child) =>
      typeof child === "string"
        ? [`${above}text()`]
        : [`${above}${child.name}`, ...pathsBelow(child, `${above}${child.name}/`)],
    ),
  ];
}
