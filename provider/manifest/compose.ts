/**
 * YAML text → the library's tree of one text, or the first fault with its offset. The library is fed symbol by symbol,
 * so that a text which would hold it up is given up early.
 */
import { Composer, type Document, Lexer, type ParsedNode, Parser, type YAMLError } from "yaml";
import { documentSymbols, mostDocuments, mostLevels } from "./limits";
import { TextFault } from "./manifest-error";

export type Tree = Document.Parsed<ParsedNode>;

/** How many symbols may still be read. */
export class SymbolBudget {
  readonly #of: "document" | "file";
  #left: number;

  constructor(of: "document" | "file", symbols: number) {
    this.#of = of;
    this.#left = symbols;
  }

  get isSpent(): boolean {
    return this.#left < 0;
  }

  /** Throws TextFault when there is none left. */
  take(): void {
    this.#left -= 1;
    if (this.isSpent) throw new TextFault(0, `the ${this.#of} is too dense to be read; split it into several`);
  }
}

const options = {
  // Plain words are read by this folder's own rules, and so are keys that stand twice: the library compares all pairs.
  schema: "failsafe",
  uniqueKeys: false,
  resolveKnownTags: false,
  prettyErrors: false,
  logLevel: "silent",
} as const;

/** Throws TextFault. */
export function composeTrees(text: string, fileBudget: SymbolBudget): readonly Tree[] {
  return withoutStackTraces(() => {
    const symbols = symbolsOf(text, fileBudget);
    const parser = new Parser();
    const composer = new Composer<ParsedNode>(options);
    const trees: Tree[] = [];
    for (const symbol of symbols) {
      for (const token of parser.next(symbol)) {
        if (token.type === "error") throw new TextFault(token.offset, wordsFor("UNEXPECTED_TOKEN", token.message));
        trees.push(...composer.next(token));
      }
      if (trees.length > mostDocuments) {
        throw new TextFault(parser.offset, `has more than ${mostDocuments} documents; split it into several files`);
      }
      if (parser.stack.length > mostLevels) {
        throw new TextFault(parser.offset, `is nested deeper than ${mostLevels} levels`);
      }
    }
    for (const token of parser.end()) trees.push(...composer.next(token));
    trees.push(...composer.end(true, text.length));
    for (const { errors } of trees) {
      const first = firstOf(errors);
      if (first !== undefined) throw new TextFault(first.pos[0], wordsFor(first.code, first.message));
    }
    return trees;
  });
}

/** All of them, before anything is made of the first: counting takes a fifth of the time. */
function symbolsOf(text: string, fileBudget: SymbolBudget): readonly string[] {
  const budget = new SymbolBudget("document", documentSymbols(text.length));
  const symbols: string[] = [];
  for (const symbol of new Lexer().lex(text)) {
    budget.take();
    fileBudget.take();
    symbols.push(symbol);
  }
  return symbols;
}

function firstOf(errors: readonly YAMLError[]): YAMLError | undefined {
  return errors.reduce<YAMLError | undefined>(
    (first, error) => (first === undefined || error.pos[0] < first.pos[0] ? error : first),
    undefined,
  );
}

/** The library makes an Error for each of a hundred thousand faults; their stack traces would take most of the time. */
function withoutStackTraces<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** What people can do about the faults that they meet; other faults are said in the library's words. */
const remedies: Readonly<Partial<Record<YAMLError["code"], string>>> = {
  TAB_AS_INDENT: "a tab cannot indent in YAML; use spaces",
  BLOCK_AS_IMPLICIT_KEY:
    "a value cannot be followed by another `key:` on its line; begin a new line, or quote the value",
  MULTILINE_IMPLICIT_KEY: "a key must be on one line; is a `:` or a quote missing before it?",
  BAD_INDENT: "the indentation fits nothing above it; align it with its neighbours",
  KEY_OVER_1024_CHARS: "a key must have at most 1024 characters",
  MULTIPLE_ANCHORS: "a value can have one anchor only",
  MULTIPLE_TAGS: "a value can have one tag only",
};

function wordsFor(code: YAMLError["code"], words: string): string {
  const [, close] = /must be sufficiently indented and end with a (.)$/.exec(words) ?? [];
  if (close !== undefined) return `a \`${close}\` is missing, or not indented like what it closes`;
  return remedies[code] ?? `${words.charAt(0).toLowerCase()}${words.slice(1)}`;
}
