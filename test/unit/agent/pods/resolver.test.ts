import { describe, expect, it } from "vitest";
import { parseResolver } from "../../../../provider/agent/pods/resolver";

describe("a pod's resolv.conf", () => {
  it("gives its name servers and its search list", () => {
    const text = [
      "search default.svc.cluster.local svc.cluster.local cluster.local",
      "nameserver 10.96.0.10",
      "nameserver 10.96.0.11",
      "options ndots:5",
    ].join("\n");
    expect(parseResolver(text)).toEqual({
      servers: ["10.96.0.10", "10.96.0.11"],
      search: ["default.svc.cluster.local", "svc.cluster.local", "cluster.local"],
    });
  });

  it.each<[string, string]>([
    ["nothing", ""],
    ["comments", "# nameserver 10.0.0.1\n; search a.example\n"],
    ["other words", "nameservers 10.0.0.1\nsearchlist a.example\ndomain a.example"],
    ["addresses of the node alone", "nameserver 127.0.0.53\nnameserver 127.1.2.3"],
    [
      "addresses of another sort",
      "nameserver fd00::10\nnameserver dns.example\nnameserver 10.0.0\nnameserver 010.0.0.1",
    ],
    ["names that are none", "search . -a.example a-.example a..b .a a_b.example ä.example"],
  ])("of %s gives nothing", (_what, text) => {
    expect(parseResolver(text)).toEqual({ servers: [], search: [] });
  });

  it("takes blanks and tabs as they come, and a dot at the end", () => {
    const { servers, search } = parseResolver("\tnameserver\t 10.0.0.1  \r\nsearch  a.example.\tB.example \n");
    expect(servers).toEqual(["10.0.0.1"]);
    expect(search).toEqual(["a.example.", "B.example"]);
  });

  it.each([
    "a.example,dhcp-option=6",
    "a.example\u0000",
    'a"b.example',
    "a.example#x",
    "a.example\\ndhcp-script=/bin/sh",
    "../../etc",
    "$(id).example",
  ])("lets no word through that would be more than a name: %j", (word) => {
    expect(parseResolver(`search ${word}\nnameserver ${word}`)).toEqual({ servers: [], search: [] });
  });

  it("gives no more than DHCP carries", () => {
    const { servers, search } = parseResolver(
      [
        ...Array.from({ length: 9 }, (_, index) => `nameserver 10.0.0.${index}`),
        `search ${Array.from({ length: 40 }, (_, index) => `d${index}.example`).join(" ")}`,
      ].join("\n"),
    );
    expect(servers).toEqual(["10.0.0.0", "10.0.0.1", "10.0.0.2"]);
    expect(search).toEqual(["d0.example", "d1.example", "d2.example", "d3.example", "d4.example", "d5.example"]);
  });

  it("gives the first of a list that is too long as a whole", () => {
    const long = (letter: string) => `${letter.repeat(60)}.example.com`;
    const { search } = parseResolver(`search ${["a", "b", "c", "d", "e"].map(long).join(" ")}`);
    expect(search).toEqual([long("a"), long("b"), long("c")]);
    expect(search.reduce((sum, name) => sum + name.length + 2, 0)).toBeLessThanOrEqual(255);
  });

  it("passes over names that no server could have", () => {
    expect(parseResolver(`search ${"a".repeat(64)}.example ${"b".repeat(63)}.example`).search).toEqual([
      `${"b".repeat(63)}.example`,
    ]);
    expect(parseResolver(`search ${"a.".repeat(60)}example`).search).toEqual([]);
  });

  it("is read at once, however it was made", () => {
    const begun = performance.now();
    parseResolver(`search ${"a-".repeat(8_000)}\n`.repeat(2));
    parseResolver(`search ${"a.".repeat(8_000)}!`);
    parseResolver(" ".repeat(16_384));
    expect(performance.now() - begun).toBeLessThan(250);
  });
});
