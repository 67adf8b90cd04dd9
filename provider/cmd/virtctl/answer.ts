/** What a command that only reads manifests has to say: its text, and the code with which the process ends. */
export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: 0 | 1 | 2;
}

/** All is well. */
export const allowed = 0;
/** Something was refused. */
export const refused = 1;
/** The input, or the command line, could not be read. */
export const unreadable = 2;

/** An answer that says why there is none: nothing half-made is printed. */
export function refusal(exitCode: typeof refused | typeof unreadable, stderr: string): Answer {
  return { stdout: "", stderr, exitCode };
}
