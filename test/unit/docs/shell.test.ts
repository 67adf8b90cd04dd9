/** How the tests of the documentation read shell scripts. */
import { expect, it } from "vitest";
import { shellCommands } from "../../docs/shell.ts";

const words = (script: string) => shellCommands(script).map((command) => command.words.join("|"));

it("finds the commands between operators, without comments, assignments and redirections", () => {
  expect(words("A=1 virtctl validate -f x 2>err >out | kubectl apply -f - && make a b # virtctl no\n")).toEqual([
    "virtctl|validate|-f|x",
    "kubectl|apply|-f|-",
    "make|a|b",
  ]);
});

it("takes quotations for one word, and continued lines for one command", () => {
  expect(words("echo 'a | b' \"c d\" \\\n  e\n")).toEqual(["echo|a | b|c d|e"]);
});

it("finds what is in a substitution, quoted or not", () => {
  expect(words('A=$(tools/path.sh)\necho "$(virtctl local status)"\n')).toContain("tools/path.sh");
  expect(words('echo "$(virtctl local status)"\n')).toContain("virtctl|local|status");
});

it("passes here-documents over, and counts their lines", () => {
  expect(shellCommands("cat >x <<'END'\nvirtctl no\n\nEND\nmake x\n")).toEqual([
    { line: 1, words: ["cat"] },
    { line: 5, words: ["make", "x"] },
  ]);
});
