/** The JavaScript client library, as programs use it. */
import {
  ApiException,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  Watch,
} from "@kubernetes/client-node";
import { expect } from "vitest";
import { textAt } from "../../../../provider/apiserver/object";
import type { Area } from "../support/case";
import { configMap, machine, replicaSet } from "../support/objects";
import type { Session } from "../support/session";

function configOf({ server }: Session): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(server.kubeconfig);
  return config;
}

/** Writes down what a call came to, refusals as code and body. */
async function tell(session: Session, label: string, call: Promise<unknown>): Promise<unknown> {
  const outcome = await call.catch((error: unknown) => {
    if (!(error instanceof ApiException)) throw error;
    return { code: error.code, body: parsed(error.body) };
  });
  session.note(label, JSON.parse(JSON.stringify(outcome)));
  return outcome;
}

function parsed(body: unknown): unknown {
  return typeof body === "string" ? JSON.parse(body) : body;
}

const placed = <T extends { readonly metadata: object }>(session: Session, object: T) => ({
  ...object,
  metadata: { ...object.metadata, namespace: session.namespace },
});

export const client: Area = {
  name: "client library",
  cases: [
    {
      name: "handles objects of any kind",
      run: async (session) => {
        const objects = KubernetesObjectApi.makeApiClient(configOf(session));
        const web = placed(session, machine("web", { labels: { a: "b" } }));
        await tell(session, "create", objects.create(web));
        await tell(session, "create again", objects.create(web));
        const read = await objects.read(web);
        await tell(session, "read", objects.read(web));
        await tell(
          session,
          "patch",
          objects.patch(placed(session, machine("web", { labels: { c: "d" } })), ...merging),
        );
        await tell(session, "replace with an old version", objects.replace({ ...web, metadata: { ...read.metadata } }));
        await tell(session, "list", objects.list("kubevirt.io/v1alpha1", "VirtualMachine", session.namespace));
        await tell(session, "delete", objects.delete(web));
        await tell(session, "read what is gone", objects.read(web));
      },
    },
    {
      name: "applies on the server's side",
      run: async (session) => {
        const objects = KubernetesObjectApi.makeApiClient(configOf(session));
        const apply = (label: string, object: ReturnType<typeof machine>, manager: string) =>
          tell(
            session,
            label,
            objects.patch(placed(session, object), undefined, undefined, manager, false, PatchStrategy.ServerSideApply),
          );
        await apply("apply", machine("web", { labels: { a: "b" } }), "one");
        await apply("apply a conflict", machine("web", { labels: { a: "c" } }), "two");
        await apply("apply less", machine("web"), "one");
      },
    },
    {
      name: "handles custom objects",
      run: async (session) => {
        const custom = configOf(session).makeApiClient(CustomObjectsApi);
        const { namespace } = session;
        const kind = { group: "kubevirt.io", version: "v1alpha1", namespace, plural: "virtualmachinereplicasets" };
        await tell(session, "create", custom.createNamespacedCustomObject({ ...kind, body: replicaSet("set") }));
        await tell(session, "get", custom.getNamespacedCustomObject({ ...kind, name: "set" }));
        await tell(session, "scale", custom.getNamespacedCustomObjectScale({ ...kind, name: "set" }));
        const steps = [{ op: "replace", path: "/spec/replicas", value: 3 }];
        await tell(session, "patch", custom.patchNamespacedCustomObject({ ...kind, name: "set", body: steps }));
        await tell(session, "list", custom.listNamespacedCustomObject({ ...kind, labelSelector: "a=b" }));
        await tell(session, "get none", custom.getNamespacedCustomObject({ ...kind, name: "nope" }));
        await tell(session, "delete", custom.deleteNamespacedCustomObject({ ...kind, name: "set" }));
      },
    },
    {
      name: "handles built-in kinds",
      run: async (session) => {
        const core = configOf(session).makeApiClient(CoreV1Api);
        const { namespace } = session;
        await tell(session, "create", core.createNamespacedConfigMap({ namespace, body: configMap("words") }));
        const changed = configMap("words", { a: "c" });
        await tell(session, "replace", core.replaceNamespacedConfigMap({ namespace, name: "words", body: changed }));
        const secret = { metadata: { name: "keys" }, stringData: { a: "b" } };
        await tell(session, "create a secret", core.createNamespacedSecret({ namespace, body: secret }));
        await tell(session, "list", core.listNamespacedConfigMap({ namespace, fieldSelector: "metadata.name=words" }));
        await tell(session, "delete", core.deleteNamespacedConfigMap({ namespace, name: "words" }));
      },
    },
    {
      name: "watches",
      run: async (session) => {
        const watch = new Watch(configOf(session));
        const told: string[] = [];
        let resolve: (value: unknown) => void = () => undefined;
        const ended = new Promise<unknown>((settle) => {
          resolve = settle;
        });
        const onEvent = (type: string, object: unknown) => {
          told.push(`${type} ${textAt(object, "metadata", "name")}`);
          if (type === "DELETED") resolve(undefined);
        };
        const path = session.path("virtualmachines");
        const resourceVersion = textAt(
          (await session.quiet({ method: "GET", path })).body,
          "metadata",
          "resourceVersion",
        );
        const controller = await watch.watch(path, { resourceVersion, timeoutSeconds: 9 }, onEvent, resolve);
        await session.given(session.path("virtualmachines"), machine("web"));
        await session.patch("merge", session.path("virtualmachines", "web"), { metadata: { labels: { a: "b" } } });
        await session.delete(session.path("virtualmachines", "web"));
        expect(await ended).toBeUndefined();
        controller.abort();
        session.note("told", told);
        expect(told).toEqual(["ADDED web", "MODIFIED web", "DELETED web"]);
      },
    },
  ],
};

const merging = [undefined, undefined, undefined, undefined, PatchStrategy.MergePatch] as const;
