/** A cluster for tests of control planes: an API whose objects a test sets, and the stack config that leads to it. */
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { HttpApi, json, status } from "../../fakes/http-api";

/** Pulumi reports what nobody handles; here it is expected, until shortly after `work`. */
export async function withoutReports<T>(work: () => Promise<T>): Promise<T> {
  const listeners = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", () => undefined);
  try {
    const result = await work();
    await new Promise((resolve) => setTimeout(resolve, 20));
    return result;
  } finally {
    process.removeAllListeners("unhandledRejection");
    for (const listener of listeners) process.on("unhandledRejection", listener);
  }
}

export class FakeCluster {
  /** By path; everything else is not found. */
  objects: Record<string, unknown> = {};
  readonly api: HttpApi;

  static async open(): Promise<FakeCluster> {
    return new FakeCluster(await HttpApi.open());
  }

  private constructor(api: HttpApi) {
    this.api = api;
    this.reset();
  }

  /** Empties it, and has the stack config name it. */
  reset(): void {
    this.objects = {};
    this.api.requests.length = 0;
    this.api.answer = (_request, response, { pathname }) => {
      const object = this.objects[pathname];
      return object === undefined
        ? json(response, 404, status(404, "NotFound", "not found", {}))
        : json(response, 200, object);
    };
    pulumi.runtime.setAllConfig({ "kubevirt:kubeconfig": this.kubeconfig });
  }

  get server(): string {
    return this.api.connection.server;
  }

  get kubeconfig(): string {
    return kubeconfigOf(this.server);
  }
}

export function kubeconfigOf(server: string): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "u", user: { token: "t" } }],
    contexts: [{ name: "test", context: { cluster: "c", user: "u" } }],
    "current-context": "test",
  });
}

/** Resolves to the value, and rejects with what the Output failed with. */
export const settled = <T>(output: pulumi.Output<T>) => (output as unknown as { promise(): Promise<T> }).promise();
