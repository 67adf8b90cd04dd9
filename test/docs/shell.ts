/**
 * The commands of a shell script, as words: enough of the shell's grammar for what documentation shows. Comments,
 * redirections, here-documents and the values of variables are left out; `$(…)` counts as a command of its own.
 */
export interface ShellCommand {
  /** Of its first word, counted from 1 within the script. */
  readonly line: number;
  readonly words: readonly string[];
}

export function shellCommands(script: string): readonly ShellCommand[] {
  const commands: ShellCommand[] = [];
  let words: string[] = [];
  let word: string | undefined;
  let line = 1;
  let start = 1;
  let dropNext = false;
  let heredocs: string[] = [];
  const endWord = () => {
    if (word === undefined) return;
    if (!dropNext) {
      if (words.length === 0) start = line;
      words.push(word);
    }
    dropNext = false;
    word = undefined;
  };
  const endCommand = () => {
    endWord();
    const program = words.findIndex((one) => !isBefore(one));
    if (program >= 0) commands.push({ line: start, words: words.slice(program) });
    words = [];
  };
  for (let index = 0; index < script.length; index++) {
    const char = script[index] ?? "";
    if (char === "\\") {
      const next = script[++index] ?? "";
      if (next === "\n") line++;
      else word = (word ?? "") + next;
    } else if (char === "'" || char === '"') {
      const end = closing(script, index, char);
      word = (word ?? "") + script.slice(index + 1, end);
      for (const [, inner = ""] of char === '"' ? script.slice(index, end).matchAll(/\$\(([^)]*)\)/g) : []) {
        for (const command of shellCommands(inner)) commands.push({ ...command, line });
      }
      line += script.slice(index, end).split("\n").length - 1;
      index = end;
    } else if (char === "#" && word === undefined) {
      index = endOfLine(script, index) - 1;
    } else if (script.startsWith("<<", index)) {
      endWord();
      const [text = "", , name = ""] = /^<<-?\s*(['"]?)(\w+)\1/.exec(script.slice(index)) ?? [];
      heredocs.push(name);
      index += text.length - 1;
    } else if (char === "<" || char === ">") {
      if (/^\d$/.test(word ?? "")) word = undefined;
      endWord();
      while (/[<>&|]/.test(script[index + 1] ?? "")) index++;
      dropNext = true;
    } else if (char === "\n") {
      endCommand();
      line++;
      for (const name of heredocs) {
        const end = script.indexOf(`\n${name}\n`, index);
        if (end < 0) throw new Error(`the here-document ${name} has no end`);
        const next = end + name.length + 1;
        line += script.slice(index + 1, next + 1).split("\n").length - 1;
        index = next;
      }
      heredocs = [];
    } else if (char === "$" && script[index + 1] === "(") {
      // What is around it is one command, what is in it another.
      const end = script.indexOf(")", index);
      for (const command of shellCommands(script.slice(index + 2, end))) commands.push({ ...command, line });
      word = (word ?? "") + script.slice(index, end + 1);
      index = end;
    } else if (/[|&;()]/.test(char)) {
      endCommand();
    } else if (/\s/.test(char)) {
      endWord();
    } else word = (word ?? "") + char;
  }
  endCommand();
  return commands;
}

/** Whether a word may stand before the one that names the program. */
function isBefore(word: string): boolean {
  return /^\w+=/.test(word) || ["!", "if", "then", "while", "until", "do", "done", "fi", "export"].includes(word);
}

function closing(script: string, open: number, quote: string): number {
  for (let index = open + 1; index < script.length; index++) {
    if (quote === '"' && script[index] === "\\") index++;
    else if (script[index] === quote) return index;
  }
  throw new Error(`a quotation has no end: ${script.slice(open, open + 40)}`);
}

function endOfLine(script: string, index: number): number {
  const end = script.indexOf("\n", index);
  return end < 0 ? script.length : end;
}
