/** Why a manifest cannot be read, with its place: what an editor or a terminal can jump to. */

/** Both count from 1; columns count UTF-16 units, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface ManifestErrorOptions extends ErrorOptions {
  readonly file: string;
  readonly position?: Position;
}

export class ManifestError extends Error {
  readonly file: string;
  /** Undefined when the fault is the whole file's, or that there is none. */
  readonly position: Position | undefined;
  /** What is wrong and what would be right, without the place. */
  readonly detail: string;

  constructor(detail: string, options: ManifestErrorOptions) {
    super(`${formatPlace(options.file, options.position)}: ${detail}`, options);
    this.name = "ManifestError";
    this.file = options.file;
    this.position = options.position;
    this.detail = detail;
  }
}

/** `file:line:column`, or only the file. */
export function formatPlace(file: string, position: Position | undefined): string {
  return position === undefined ? file : `${file}:${position.line}:${position.column}`;
}

/** A fault inside of one text, before anybody knows the file's name and counts its lines. */
export class TextFault extends Error {
  /** Offset in the text, in UTF-16 units. */
  readonly offset: number;

  constructor(offset: number, detail: string) {
    super(detail);
    this.name = "TextFault";
    this.offset = offset;
  }
}
