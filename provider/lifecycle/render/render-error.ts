/** Why an object cannot be written to the folder of the stack config `kubevirt:renderTo`, and what to do. */
export class RenderError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "RenderError";
  }
}
