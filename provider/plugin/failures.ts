/** Errors on their way to the engine, in the form that it reads. */
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** The object is there and not yet what it should be: the engine keeps id and properties, and comes back to it. */
export class InitFailed extends Error {
  readonly id: string;
  readonly properties: Struct;
  readonly reasons: readonly string[];

  constructor(message: string, detail: { id: string; properties: Struct; reasons: readonly string[] }) {
    super(message);
    this.name = "InitFailed";
    this.id = detail.id;
    this.properties = detail.properties;
    this.reasons = detail.reasons;
  }
}

/** What was asked for is not there to be asked. */
export class UnknownNameError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UnknownNameError";
  }
}

export function toServiceError(error: unknown): ServiceError {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof UnknownNameError ? status.INVALID_ARGUMENT : status.UNKNOWN;
  const metadata = new Metadata();
  if (error instanceof InitFailed) {
    // Go's gRPC reads what follows the message from this key.
    metadata.add("grpc-status-details-bin", Buffer.from(detailsOf(error).serializeBinary()));
  }
  return Object.assign(new Error(message), { code, details: message, metadata });
}

function detailsOf({ message, id, properties, reasons }: InitFailed): Status {
  const failed = new ErrorResourceInitFailed();
  failed.setId(id);
  failed.setProperties(properties);
  failed.setReasonsList([...reasons]);
  const any = new Any();
  any.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const details = new Status();
  details.setCode(status.UNKNOWN);
  details.setMessage(message);
  details.addDetails(any);
  return details;
}
