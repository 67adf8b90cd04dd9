/** Errors of a verb on their way to the engine, without what is secret in them. */
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { InitializationError } from "../lifecycle/errors";
import type { Fields } from "../lifecycle/inputs";
import { InitFailed } from "./failures";
import type { Secrets } from "./secrets";

/** Nothing secret is in the errors of `work`; properties go with them as `sent` has them. */
export async function guarded<T>(
  secrets: Secrets,
  sent: (fields: Fields, secrets: Secrets) => Struct,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const message = secrets.redact(error.message);
    if (error instanceof InitializationError) {
      throw new InitFailed(message, {
        id: error.id,
        properties: sent(error.properties, secrets),
        reasons: error.reasons.map((reason) => secrets.redact(reason)),
      });
    }
    throw message === error.message ? error : new Error(message, { cause: error });
  }
}
