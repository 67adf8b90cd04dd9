import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { convertVirtualMachine, parseDomain, printDomain } from "../../../../provider/core/convert";
import { readOwner } from "../../../../provider/core/convert/owner";
import { bigInteger, integer, oneOf, onOff, text, yesNo } from "../../../../provider/core/domain-xml/codecs";
import {
  attribute,
  child,
  children,
  childText,
  content,
  element,
  flag,
  optional,
} from "../../../../provider/core/domain-xml/element";
import { parseXml } from "../../../../provider/core/domain-xml/parse";
import { printXml, replaceForbidden } from "../../../../provider/core/domain-xml/print";
import type { XmlNode } from "../../../../provider/core/domain-xml/xml-node";
import { buildMachineFacts, rawFiles } from "../../../builders/machine-facts";
import { claimDisk, machineWithDisks } from "../../../builders/virtual-machine";

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "</name><devices/>",
    '"/><x y="',
    "<![CDATA[",
    "]]>",
    "&amp;",
    "&#38;lt;",
    "<!--",
    " \t\r\n ",
    "\u0000\ud800",
    "&bogus;",
  ),
);

describe("printing and parsing", () => {
  it("give back any text in attributes and in elements, and nothing of it becomes markup", () => {
    fc.assert(
      fc.property(anyText, anyText, (inAttribute, inElement) => {
        const node: XmlNode = {
          name: "root",
          attributes: [["a", inAttribute]],
          children: [{ name: "inner", attributes: [], children: inElement === "" ? [] : [inElement] }],
        };
        const parsed = parseXml(printXml(node));
        const clean = replaceForbidden(inElement);
        expect(parsed).toEqual({
          name: "root",
          attributes: [["a", replaceForbidden(inAttribute)]],
          children: [{ name: "inner", attributes: [], children: clean === "" ? [] : [clean] }],
        });
      }),
      { numRuns: 500 },
    );
  });

  it("write white space as references, since a parser may fold it in attributes", () => {
    const node: XmlNode = { name: "a", attributes: [["b", "1\t2\n3\r4"]], children: ["5\t6\r7"] };
    expect(printXml(node)).toBe('<a b="1&#9;2&#10;3&#13;4">5&#9;6&#13;7</a>\n');
  });

  it("read what others wrote: single quotes, comments, declarations, references", () => {
    const xml = "<?xml version='1.0'?>\n<!-- note -->\n<a b='1'><c/><!-- x --><d>&#x41;&lt;</d></a>";
    expect(parseXml(xml)).toEqual({
      name: "a",
      attributes: [["b", "1"]],
      children: [
        { name: "c", attributes: [], children: [] },
        { name: "d", attributes: [], children: ["A<"] },
      ],
    });
  });

  it.each(["", "no xml", "<a", "<a/><b/>"])("answer %j with undefined", (xml) => {
    expect(parseXml(xml)).toBeUndefined();
  });
});

describe("the combinators", () => {
  const inner = element("inner", { on: attribute("on", yesNo), text: content(text) });
  const outer = element("outer", {
    id: attribute("id", integer),
    size: optional(attribute("size", bigInteger)),
    kind: attribute("kind", oneOf("a", "b")),
    name: childText("name", text),
    one: optional(child(inner)),
    many: children(element("many", { state: attribute("state", onOff) })),
    marked: flag("marked"),
  });

  const value = fc.record(
    {
      id: fc.integer(),
      size: fc.bigInt({ min: 0n, max: 10n ** 20n }),
      kind: fc.constantFrom("a" as const, "b" as const),
      name: anyText.map(replaceForbidden),
      one: fc.record({ on: fc.boolean(), text: anyText.map(replaceForbidden) }),
      many: fc.array(fc.record({ state: fc.boolean() }), { maxLength: 3 }),
      marked: fc.boolean(),
    },
    { requiredKeys: ["id", "kind", "name", "many", "marked"] },
  );

  it("read back what they wrote, for any value", () => {
    fc.assert(
      fc.property(value, (given) => {
        const parsed = parseXml(printXml(outer.encode(given)));
        expect(parsed === undefined ? undefined : outer.decode(parsed)).toEqual(given);
      }),
    );
  });

  it.each([
    ['<outer kind="a"><name>x</name></outer>', "a required attribute is absent"],
    ['<outer id="1" kind="c"><name>x</name></outer>', "a word is unknown"],
    ['<outer id="x" kind="a"><name>x</name></outer>', "a number is none"],
    ['<outer id="1" kind="a"/>', "a required child is absent"],
    ['<outer id="1" kind="a"><name>x</name><one/></outer>', undefined],
    ['<outer id="1" kind="a" extra="?"><name>x</name><inner on="maybe">y</inner></outer>', "a child cannot be read"],
    ['<other id="1" kind="a"><name>x</name></other>', "the element is another"],
  ])("read %s unless %s", (xml, fault) => {
    const parsed = parseXml(xml);
    expect((parsed === undefined ? undefined : outer.decode(parsed)) === undefined).toBe(fault !== undefined);
  });
});

describe("whole domains", () => {
  const vm = machineWithDisks(claimDisk("root", { disk: { bus: "scsi" } }), claimDisk("seed", { cdrom: {} }));
  const facts = buildMachineFacts({ volumes: rawFiles("root", "seed"), consoleLogPath: "/log/x" });

  it("are read back as they were printed", () => {
    const conversion = convertVirtualMachine(vm, facts);
    if (!conversion.ok) throw new Error(JSON.stringify(conversion.errors));
    expect(parseDomain(printDomain(conversion.domain))).toEqual(conversion.domain);
  });

  it("keep paths and names in their place, whatever they are", () => {
    fc.assert(
      fc.property(anyText, anyText, (path, network) => {
        const conversion = convertVirtualMachine(vm, {
          ...facts,
          network: { kind: "network", name: network },
          volumes: { ...facts.volumes, root: { kind: "file", path, format: "raw" } },
        });
        if (!conversion.ok) throw new Error(JSON.stringify(conversion.errors));
        const parsed = parseDomain(printDomain(conversion.domain));
        expect(parsed?.devices.disks.map(({ source }) => source.file)).toEqual([
          replaceForbidden(path),
          "/images/seed.img",
        ]);
        expect(parsed?.devices.interfaces[0]?.source?.network).toBe(replaceForbidden(network));
        expect(parsed?.devices.disks).toHaveLength(2);
      }),
    );
  });
});

describe("owners", () => {
  it("are read from what libvirt prints, among other people's metadata", () => {
    const xml = `<domain type='qemu' id='3'>
      <name>default_web</name>
      <metadata>
        <other:thing xmlns:other="http://example.org"><other:uid>7</other:uid></other:thing>
        <kubevirt xmlns="http://kubevirt.io">
          <uid>u</uid><namespace>default</namespace><name>web</name>
          <clusterUid>c</clusterUid><graceperiod><deletionGracePeriodSeconds>5</deletionGracePeriodSeconds></graceperiod>
        </kubevirt>
      </metadata>
      <seclabel type='dynamic' model='dac' relabel='yes'/>
    </domain>`;
    expect(readOwner(xml)).toEqual({
      uid: "u",
      namespace: "default",
      name: "web",
      clusterUid: "c",
      gracePeriodSeconds: 5,
    });
  });

  it.each([
    "<domain><name>mine</name></domain>",
    "<domain><metadata/></domain>",
    '<domain><metadata><kubevirt xmlns="http://example.org"><uid>u</uid></kubevirt></metadata></domain>',
    '<domain><metadata><kubevirt xmlns="http://kubevirt.io"><uid>u</uid></kubevirt></metadata></domain>',
    "<network/>",
    "garbage",
  ])("are none in %s", (xml) => {
    expect(readOwner(xml)).toBeUndefined();
  });
});
