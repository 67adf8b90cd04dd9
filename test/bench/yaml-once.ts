/** Reads one hostile text once, and prints how many milliseconds that took. Arguments: the reader, the shape's name. */
import { parseAllDocuments } from "yaml";
import { parseManifest } from "../../dist/provider/manifest/index.js";
import { hostileShapes } from "../builders/hostile-manifests.ts";
import { hostileCharacters, type Reader } from "./yaml.ts";

const readers: Readonly<Record<Reader, (text: string) => void>> = {
  ours: (text) => {
    parseManifest(text, "bomb.yaml");
  },
  library: (text) => {
    for (const document of parseAllDocuments(text)) if (document.errors.length === 0) readLeniently(document);
  },
};

/** The library throws for some texts, such as a billion laughs; that is an answer too. */
function readLeniently(document: { toJS(): unknown }): void {
  try {
    document.toJS();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
}

const [reader = "", name = ""] = process.argv.slice(2);
const shape = hostileShapes.find((one) => one.name === name);
if (shape === undefined || (reader !== "ours" && reader !== "library"))
  throw new Error(`cannot read ${name} with ${reader}`);
const text = shape.make(hostileCharacters);
const started = performance.now();
readers[reader](text);
process.stdout.write(String(performance.now() - started));
