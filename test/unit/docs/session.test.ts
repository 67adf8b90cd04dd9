/** How the tests of the documentation follow a page. */
import { expect, it } from "vitest";
import { readPage } from "../../docs/page.ts";
import { sessionOf, unseen } from "../../docs/session.ts";

it("keeps lines together that are one command", () => {
  const { blocks } = readPage(
    "page.md",
    "```sh\ncd a\ncat > b <<'END'\nx\nEND\necho c \\\n  d\nfor i in 1; do\n  e\ndone\n```\n",
  );
  const [step] = sessionOf(blocks);
  expect(step).toMatchObject({
    does: "types",
    commands: ["cd a\n", "cat > b <<'END'\nx\nEND\n", "echo c \\\n  d\n", "for i in 1; do\n  e\ndone\n"],
  });
});

it("sees lines in their order, with anything in place of dots", () => {
  expect(unseen("a   … c\n…\nd\n", "x a b c y\nz\n  d")).toBeUndefined();
  expect(unseen("d\na\n", "a\nd")).toBe("a");
  expect(unseen("a … c\n", "a\nc")).toBe("a … c");
});

it("does not know what to do with a block of another kind", () => {
  const { blocks } = readPage("page.md", "```yaml\na: b\n```\n");
  expect(() => sessionOf(blocks)).toThrow("page.md:2: a reader does not know");
});
