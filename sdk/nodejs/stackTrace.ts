/**
 * What the engine's runtime notes of the stack while a resource is made. It keeps where each resource comes from: the
 * first frame above the class of the resource, and then all others, those of the loaders and of its own main loop with
 * them. Those tell a program's author nothing, are the same for every resource, and are written anew with the state at
 * every step of an update: they were a fifth of what the state has of a machine.
 */
import { sep } from "node:path";

/** Whose frames are of no interest below the program's own. */
const runtimes = ["@pulumi/pulumi", "ts-node"].map((name) => ["node_modules", ...name.split("/"), ""].join(sep));

/**
 * Until the function that it returns is called, stacks have the program's frames alone, below the runtime's that lead to
 * the class of the resource, and none of the file `between`, which has those of that class's own ancestors: the runtime
 * counts on one class. Promises note no stack at all: the runtime has forty for each resource, for whoever looks for one
 * that never settles, and that takes as long as all the rest of a resource.
 */
export function noteProgramAlone(between: string): () => void {
  const depth = Error.stackTraceLimit;
  const prepare = Error.prepareStackTrace;
  if (process.env.PULUMI_DEBUG_PROMISE_LEAKS === undefined) Error.stackTraceLimit = 0;
  // Without it there is nobody to ask for what the frames are with the text of an error.
  if (prepare !== undefined)
    Error.prepareStackTrace = (error, frames) => prepare(error, programAlone(frames, between)) as unknown;
  return () => {
    Error.stackTraceLimit = depth;
    if (prepare !== undefined) Error.prepareStackTrace = prepare;
  };
}

function programAlone(frames: readonly NodeJS.CallSite[], between: string): NodeJS.CallSite[] {
  const start = frames.findIndex((frame) => frame.getFileName() === between);
  // A stack that has nothing to do with a resource.
  if (start < 0) return [...frames];
  const below = frames.slice(start).filter((frame) => {
    const file = frame.getFileName();
    return (
      file != null && file !== between && !file.startsWith("node:") && !runtimes.some((name) => file.includes(name))
    );
  });
  return [...frames.slice(0, start), ...below];
}
