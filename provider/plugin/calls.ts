/** Functions that a program calls by the provider: `kubevirt:index:NAME`. */
import { CheckFailure, type InvokeRequest, InvokeResponse } from "@pulumi/pulumi/proto/provider_pb";
import { renderFieldError } from "../core/field-error";
import { userDataPaths } from "../core/user-data";
import { ArgumentsError, functions } from "../lifecycle/functions";
import { UnknownNameError } from "./failures";
import { receive, send } from "./property-values";
import type { Session } from "./session";

const prefix = "kubevirt:index:";

export async function invoke(session: Session, request: InvokeRequest): Promise<InvokeResponse> {
  const token = request.getTok();
  const call = token.startsWith(prefix) ? functions[token.slice(prefix.length)] : undefined;
  if (call === undefined) {
    const known = Object.keys(functions).map((name) => `${prefix}${name}`);
    throw new UnknownNameError(
      `${JSON.stringify(token)} is no function of this provider (it has: ${known.join(", ")})`,
    );
  }
  const { fields, secrets, faults } = receive(request.getArgs());
  const response = new InvokeResponse();
  try {
    if (faults.length > 0) throw new ArgumentsError(faults.map(renderFieldError));
    const found = await call(fields, session.connect);
    response.setReturn(send(found, [...secrets.pathsIn(found), ...userDataPaths(found)]));
  } catch (error) {
    if (!(error instanceof ArgumentsError)) throw error;
    for (const reason of error.faults) {
      const failure = new CheckFailure();
      failure.setReason(secrets.redact(reason));
      response.addFailures(failure);
    }
  }
  return response;
}
