/** Errors of the lifecycle, worded for the person who reads them in the output of `pulumi up`. */

/**
 * The object exists but did not become what was asked for. The engine keeps it in its state with these outputs, marks it
 * as not initialised, and comes back to it with the next update. The field names are the engine's protocol.
 */
export class InitializationError extends Error {
  readonly id: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly reasons: readonly string[];

  constructor(
    message: string,
    detail: { id: string; properties: Readonly<Record<string, unknown>>; reasons: readonly string[] },
  ) {
    super(message);
    this.name = "InitializationError";
    this.id = detail.id;
    this.properties = detail.properties;
    this.reasons = detail.reasons;
  }
}

/** An object of that name is there already, and is not this resource's to have. */
export class AlreadyExistsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "AlreadyExistsError";
  }
}

/** The wait for an object's removal ended without it. */
export class RemovalTimeoutError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "RemovalTimeoutError";
  }
}
