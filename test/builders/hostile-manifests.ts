/**
 * Texts that are made to hold up whoever reads YAML: each shape at its worst, at any size. Used to test that they are
 * answered, and to measure how long that takes.
 */

export interface HostileShape {
  readonly name: string;
  readonly make: (characters: number) => string;
  /** Part of the answer: of the fault, or "" when the text is harmless and read. */
  readonly answer: string;
}

const repeat = (text: string) => (size: number) => text.repeat(Math.max(1, Math.floor(size / text.length)));

function series(item: (index: number) => string, before = "", after = "") {
  return (size: number) => {
    const parts: string[] = [before];
    for (let index = 0, length = before.length + after.length; ; index += 1) {
      const part = item(index);
      length += part.length;
      if (length > size) break;
      parts.push(part);
    }
    return `${parts.join("")}${after}`;
  };
}

const wrapped = (before: string, text: string, after = "") => series(() => text, before, after);

/** Deep enough to be told from a text with too many symbols. */
const small = (make: (size: number) => string) => (size: number) => make(Math.min(size, 40_000));

const dense = "too dense";
const deep = "nested deeper";
const expected = "a Kubernetes object is expected";
const values = "repeats more than 24000 values";

export const hostileShapes: readonly HostileShape[] = [
  { name: "lists opened, never closed", make: repeat("["), answer: dense },
  { name: "lists opened, never closed, fewer", make: small(repeat("[")), answer: deep },
  { name: "maps opened, never closed", make: repeat('{"a":'), answer: dense },
  { name: "maps opened, never closed, fewer", make: small(repeat('{"a":')), answer: deep },
  { name: "lists on one line", make: repeat("- "), answer: dense },
  { name: "lists on one line, fewer", make: small(repeat("- ")), answer: deep },
  { name: "complex keys on one line", make: repeat("? "), answer: dense },
  { name: "complex keys on one line, fewer", make: small(repeat("? ")), answer: deep },
  { name: "maps, each one space deeper", make: series((index) => `${" ".repeat(index)}a:\n`), answer: deep },
  { name: "closing brackets", make: repeat("]"), answer: dense },
  { name: "closing brackets, fewer", make: small(repeat("]")), answer: "unexpected" },
  { name: "commas", make: wrapped("a: [", ","), answer: dense },
  { name: "many short keys", make: series((index) => `k${index}: 1\n`), answer: dense },
  { name: "many short keys in braces", make: series((index) => `k${index}: 1,`, "{", "}"), answer: dense },
  { name: "one key again and again", make: repeat("a: 1\n"), answer: dense },
  { name: "many long keys", make: series((index) => `${"k".repeat(40)}${index}: 1\n`), answer: "" },
  { name: "one long key again and again", make: wrapped("", `${"k".repeat(40)}: 1\n`), answer: "stands twice" },
  { name: "question marks", make: repeat("?\n"), answer: dense },
  { name: "colons", make: repeat(":\n"), answer: dense },
  { name: "lists as keys", make: repeat("? [a]\n: 1\n"), answer: dense },
  { name: "few long lists as keys", make: repeat(`? [${"a".repeat(60)}]\n: 1\n`), answer: "a key must be text" },
  { name: "anchors", make: series((index) => `- &a${index} 1\n`), answer: dense },
  { name: "aliases", make: wrapped("- &a 1\n", "- *a\n"), answer: dense },
  { name: "aliases of nothing", make: series((index) => `- *${"a".repeat(20)}${index}\n`), answer: "has no anchor" },
  {
    name: "a chain of aliases",
    make: series((index) => `${"k".repeat(24)}${index}: &a${index} [*a${index - 1}]\n`, "a: &a-1 x\n"),
    answer: deep,
  },
  {
    name: "a billion laughs",
    make: (size) =>
      series(
        (index) => `l${index}: &l${index} [*l${index - 1},*l${index - 1}]\n`,
        "l: &l-1 [x,x]\n",
      )(Math.min(size, 3_000)),
    answer: values,
  },
  {
    name: "wide laughs",
    make: (size) => `a: &a [${series(() => "1,")(size / 10)}]\nb: [${series(() => "*a,")(size / 10)}]\n`,
    answer: values,
  },
  {
    name: "wide merges",
    make: (size) =>
      `a: &a {${series((index) => `k${index}: 1,`)(size / 8)}}\n${series((index) => `b${index}: {<<: *a}\n`)(size / 8)}`,
    answer: values,
  },
  { name: "a list of merges", make: (size) => wrapped("a: &a {x: 1}\nb: {<<: [", "*a,", "]}\n")(size / 8), answer: "" },
  {
    name: "a chain of merges",
    make: (size) => series((index) => `m${index}: &m${index} {<<: *m${index - 1}}\n`, "m: &m-1 {x: 1}\n")(size / 2.5),
    answer: deep,
  },
  { name: "documents", make: repeat("---\n"), answer: "more than 5000 documents" },
  { name: "documents with something in them", make: repeat("---\nkind: A\n"), answer: "more than 5000 documents" },
  { name: "ends of documents", make: repeat("...\n"), answer: dense },
  { name: "ends of documents, fewer", make: small(repeat("...\n")), answer: "more than 5000 documents" },
  { name: "JSON after JSON", make: repeat('{"kind":"A"}'), answer: "more than 5000 documents" },
  { name: "tags", make: repeat("!!str "), answer: dense },
  { name: "just below the limit: tags", make: (size) => repeat("!!str ")(size * 0.66), answer: "one tag" },
  { name: "tags of entries", make: series((index) => `- !t${index} x\n`), answer: dense },
  { name: "a set", make: series((index) => `? ${"k".repeat(30)}${index}\n`, "!!set\n"), answer: "the tag !!set" },
  {
    name: "an ordered map",
    make: series((index) => `- ${"k".repeat(30)}${index}: 1\n`, "!!omap\n"),
    answer: "the tag !!omap",
  },
  { name: "directives", make: series((index) => `%TAG !e${index}! tag:e,2000:\n`, "", "---\na: 1\n"), answer: "" },
  { name: "comments", make: repeat("# c\n"), answer: dense },
  { name: "one long comment", make: wrapped("# ", "x"), answer: "" },
  { name: "empty lines", make: repeat("\n"), answer: dense },
  { name: "spaces", make: repeat(" "), answer: "" },
  { name: "tabs", make: repeat("\t"), answer: "" },
  { name: "lines indented with tabs", make: wrapped("a:\n", "\tb: 1\n"), answer: dense },
  { name: "a block of text", make: wrapped("a: |\n", "  x\n"), answer: "" },
  { name: "a folded block of text", make: wrapped("a: >\n", "  x\n   y\n"), answer: "" },
  { name: "an empty block of text", make: wrapped("a: |\n", "\n"), answer: dense },
  { name: "a text over many lines", make: wrapped("a: ", "x\n "), answer: "" },
  { name: "a quoted text over many lines", make: wrapped('a: "', "x\n ", '"'), answer: "" },
  { name: "escapes", make: wrapped('a: "', "\\u0041", '"'), answer: "" },
  { name: "a quote that is never closed", make: wrapped('a: "', "x\n "), answer: "missing closing" },
  { name: "quotes that are never closed", make: repeat('- "\n'), answer: dense },
  { name: "backslashes in JSON", make: wrapped('{"a": "', "\\\\", '"}'), answer: "" },
  { name: "a number of many digits", make: wrapped("a: ", "1"), answer: "the number" },
  { name: "a number with many separators", make: wrapped("a: 1", "_1"), answer: "the number" },
  { name: "small objects in JSON", make: wrapped("[", '{"a":1},', "{}]"), answer: dense },
  { name: "small objects in YAML", make: repeat("- a: 1\n  b: 2\n"), answer: dense },
  {
    name: "just below the limit: keys in a list",
    make: (size) => repeat("- a: 1\n  b: 2\n")(size / 5.75),
    answer: expected,
  },
  { name: "just below the limit: commas", make: (size) => wrapped("a: [", ",")(size / 4.54), answer: "," },
  {
    name: "just below the limit: indenting tabs",
    make: (size) => wrapped("a:\n", "\tb: 1\n")(size / 6.17),
    answer: "a tab cannot indent",
  },
  {
    name: "just below the limit: JSON",
    make: (size) => wrapped("[", '{"a":1},', "{}]")(size / 3.99),
    answer: expected,
  },
  { name: "just below the limit: keys", make: (size) => series((index) => `k${index}: 1\n`)(size / 3.69), answer: "" },
  { name: "control characters", make: repeat("\u0000"), answer: "control character" },
  { name: "carriage returns", make: repeat("\r"), answer: "carriage return" },
];
