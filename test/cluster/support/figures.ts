/** What a file of tests has measured, printed as one table when all of it is done. */
export class Figures<Column extends string> {
  readonly #title: string;
  readonly #columns: readonly Column[];
  readonly #rows: (readonly string[])[] = [];

  constructor(title: string, columns: readonly Column[]) {
    this.#title = title;
    this.#columns = columns;
  }

  /** Numbers are written with one digit after the point; what is not given stays empty. */
  add(values: Readonly<Partial<Record<Column, string | number>>>): void {
    this.#rows.push(this.#columns.map((column) => written(values[column])));
  }

  print(): void {
    const rows = [this.#columns, ...this.#rows];
    const widths = this.#columns.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
    const lines = rows.map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join("  ")
        .trimEnd(),
    );
    console.log(`\n${this.#title}\n${lines.map((line) => `  ${line}`).join("\n")}\n`);
  }
}

function written(value: string | number | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" || Number.isInteger(value) ? String(value) : value.toFixed(1);
}

export const secondsSince = (start: number): number => (performance.now() - start) / 1000;
