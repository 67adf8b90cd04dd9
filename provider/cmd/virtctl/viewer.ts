/** The VNC viewer of this machine, if it has one. */
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

interface Viewer {
  readonly program: string;
  readonly args: (port: number) => readonly string[];
}

const viewers: readonly Viewer[] = [
  { program: "remote-viewer", args: (port) => [`vnc://127.0.0.1:${port}`] },
  { program: "vncviewer", args: (port) => [`127.0.0.1::${port}`] },
  { program: "xtigervncviewer", args: (port) => [`127.0.0.1::${port}`] },
];

/** The path of the first viewer that is installed, with its arguments for a port; undefined without any. */
export function findViewer(path: string): { program: string; args: (port: number) => readonly string[] } | undefined {
  for (const { program, args } of viewers) {
    for (const folder of path.split(delimiter)) {
      const file = join(folder, program);
      if (folder !== "" && isProgram(file)) return { program: file, args };
    }
  }
  return undefined;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Resolves when the viewer has been closed. */
export function runViewer(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "ignore" });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      if (code === 0 || signal !== null) resolve();
      else reject(new Error(`${program} has ended with code ${code}`));
    });
  });
}
