/** `virtctl plan`: what a preview means for machines, as Markdown. */
import { ManifestError } from "../../../manifest";
import { readTexts } from "../../../manifest/files";
import { mostInputBytes } from "../../../manifest/limits";
import { type Answer, allowed, refusal, refused, unreadable } from "../answer";
import { PreviewFormatError, readPreview } from "./preview";
import { summaryOf } from "./summary";

/** `file`: the output of `pulumi preview --json`, `-` for standard input. */
export function plan(file: string): Answer {
  const { texts, faults } = readTexts([file], mostInputBytes);
  const [fault] = faults;
  if (fault !== undefined) return refusal(unreadable, `${fault.message}\n`);
  try {
    const preview = readPreview(texts[0]?.text ?? "");
    return { stdout: summaryOf(preview), stderr: "", exitCode: preview.errors.length > 0 ? refused : allowed };
  } catch (error) {
    if (!(error instanceof PreviewFormatError)) throw error;
    return refusal(unreadable, `${new ManifestError(error.message, { file: texts[0]?.file ?? file }).message}\n`);
  }
}
