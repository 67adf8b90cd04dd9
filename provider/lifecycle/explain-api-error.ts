/** Turns a client error into one that tells the person at the keyboard what to do. Others pass unchanged. */
import { apiVersion } from "../api/v1alpha1/group";
import type { KubeClient } from "../kube/client";
import type { Connection } from "../kube/connection";
import { ApiError, UnreachableError } from "../kube/errors";
import type { ClientFactory } from "./connection";

export function explainApiError(error: unknown, connection: Connection): unknown {
  if (error instanceof UnreachableError) {
    return new Error(
      `${error.message} (context ${connection.context}); start the local engine with "virtctl local start", or point KUBECONFIG or kubevirt:kubeconfig at a cluster that runs`,
      { cause: error },
    );
  }
  if (!(error instanceof ApiError)) return error;
  if (error.code === 401) {
    return new Error(
      `the Kubernetes API at ${connection.server} does not accept the credentials of context ${connection.context}; for the local engine use the kubeconfig that "virtctl local status" names`,
      { cause: error },
    );
  }
  // A path that is not served, in no words of the API's own.
  if (error.code === 404 && error.reason !== "NotFound") {
    return new Error(
      `${apiVersion} is not installed on ${connection.server} (context ${connection.context}); install it with new kubevirt.ControlPlane(...) in the program (the machines of the program then wait for it), or with: virtctl manifests --registry REGISTRY | kubectl apply -f -`,
      { cause: error },
    );
  }
  if (error.code === 422 && error.causes.length > 0) {
    const causes = error.causes.map((cause) => `  ${cause.field ?? ""}: ${cause.message ?? ""}`);
    return new Error([error.message.split("\n")[0], ...causes].join("\n"), { cause: error });
  }
  return error;
}

/** Does something over the connection; what the API answers is told in plain words. */
export async function withClient<T>(connect: ClientFactory, work: (client: KubeClient) => Promise<T>): Promise<T> {
  const client = await connect();
  try {
    return await work(client);
  } catch (error) {
    throw explainApiError(error, client.connection);
  }
}
