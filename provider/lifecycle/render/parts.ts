/** The parts of a rendered folder, in the order in which they are applied. */
export const parts = ["control-plane", "presets", "machines"] as const;
export type Part = (typeof parts)[number];
