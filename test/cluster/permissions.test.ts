/**
 * What the controller and the agents may do on a cluster is what they do: the API server's own record of their requests is
 * held against the lists that their roles are made of. Nothing is refused them, and nothing is allowed them in vain.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agentPermissions } from "../../provider/agent/permissions";
import { controllerPermissions } from "../../provider/controller/permissions";
import { namespaceOf, type Permission, resourceText } from "../../provider/core/permission";
import { eventually } from "../e2e/support/wait.ts";
import { install, makeVolume, Namespace, removeVolume, uninstall } from "./support/cluster.ts";
import {
  claim,
  guestSpec,
  launcherOf,
  machine,
  machineOf,
  machinesOf,
  persistentSpec,
  running,
} from "./support/machines.ts";

interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly requestReceivedTimestamp: string;
  readonly user?: { readonly username?: string };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
  };
  readonly responseStatus?: { readonly code?: number; readonly message?: string };
}

const auditLog = join(process.env.XDG_RUNTIME_DIR ?? "/run", "pulumi-kubevirt-cluster/log/audit.log");

let space: Namespace;
let begun: string;

/** What is asked for only when a node seems to be lost, an answer was lost, or what a watch shows is in doubt. */
const inDoubt: readonly string[] = [
  "get coordination.k8s.io/leases in kube-node-lease",
  "get kubevirt.io/virtualmachines",
  "get nodes",
  "get pods",
];

beforeAll(async () => {
  await uninstall();
  begun = new Date().toISOString();
  await install();
  await makeVolume("permissions", { node: "node1" });
  space = await Namespace.create("permissions");
});

afterAll(async () => {
  await space?.remove();
  await removeVolume("permissions");
});

async function requestsOf(account: string): Promise<readonly AuditEvent[]> {
  const user = `system:serviceaccount:kubevirt:${account}`;
  const text = await readFile(auditLog, "utf8");
  return text
    .split("\n")
    .filter((line) => line.includes(`"${user}"`))
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter(({ user: by, stage }) => by?.username === user && stage !== "RequestReceived")
    .filter(({ requestReceivedTimestamp }) => requestReceivedTimestamp > begun);
}

function worded(verb: string, group: string, resource: string, namespace: string | undefined): string {
  const where = namespace === undefined ? "" : ` in ${namespace}`;
  return `${verb} ${group === "" ? "" : `${group}/`}${resource}${where}`;
}

/** Only leases are allowed in one namespace and not in others. */
const placeOf = (resource: string, namespace: string | undefined) => (resource === "leases" ? namespace : undefined);

function used(requests: readonly AuditEvent[]): readonly string[] {
  const words = requests.flatMap(({ verb, objectRef }) => {
    if (objectRef?.resource === undefined) return [];
    const { apiGroup = "", resource, subresource, namespace } = objectRef;
    const text = resourceText({ resource: { group: apiGroup, plural: resource }, subresource });
    return [worded(verb, apiGroup, text, placeOf(resource, namespace))];
  });
  return [...new Set(words)].sort();
}

function allowed(permissions: readonly Permission[]): readonly string[] {
  return permissions
    .flatMap((permission) =>
      permission.verbs.map((verb) =>
        worded(verb, permission.resource.group, resourceText(permission), namespaceOf(permission, "kubevirt")),
      ),
    )
    .sort();
}

describe("the accounts of controller and agent", () => {
  test("are used for all that machines, their owners, claims and labels need", async () => {
    const template = { metadata: { labels: { app: "set" } }, spec: await guestSpec() };
    await space.apply(claim("permissions"), await machine("orphan", { labels: { app: "set" } }));
    await running(space, "orphan");
    await space.apply(
      await machine("claimed", { spec: persistentSpec("permissions") }),
      {
        apiVersion: "kubevirt.io/v1alpha1",
        kind: "OfflineVirtualMachine",
        metadata: { name: "kept" },
        spec: { runStrategy: "Always", template: { spec: await guestSpec() } },
      },
      {
        apiVersion: "kubevirt.io/v1alpha1",
        kind: "VirtualMachineReplicaSet",
        metadata: { name: "set" },
        spec: { replicas: 1, selector: { matchLabels: { app: "set" } }, template },
      },
    );
    await running(space, "kept");
    await running(space, "claimed");
    await space.kubectl("label", "vm", "claimed", "tier=front");
    await eventually("the label is on the pod", async () => {
      const vm = await machineOf(space, "claimed");
      const pod = vm === undefined ? undefined : await launcherOf(space, vm);
      return pod?.metadata.labels.tier === "front" ? true : undefined;
    });
    // A refusal that is told of again and again.
    await space.apply({
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "none" },
      spec: { hard: { pods: "0" } },
    });
    await space.apply(await machine("refused"));
    await eventually("the refusal is told twice", async () => {
      const selector = "--field-selector=involvedObject.name=refused,reason=FailedCreate";
      const { items } = await space.get<{ items: readonly { count: number; message: string }[] }>("events", selector);
      return items.find(({ count, message }) => count > 1 && message.includes("exceeded quota"));
    });
    await space.kubectl("scale", "vmrs", "set", "--replicas=0");
    await eventually("the set has none", async () =>
      (await machinesOf(space, "app=set")).length === 0 ? true : undefined,
    );
  });

  test("are refused nothing", async () => {
    for (const account of ["virt-controller", "virt-agent"]) {
      const refused = (await requestsOf(account)).filter(
        // But for the pod for which the quota has no room.
        ({ responseStatus }) => responseStatus?.code === 403 && !/exceeded quota/.test(responseStatus.message ?? ""),
      );
      expect(refused.map(({ verb, objectRef, responseStatus }) => ({ verb, objectRef, responseStatus }))).toEqual([]);
    }
  });

  test("are allowed nothing that the agents do not do", async () => {
    expectAllowed(used(await requestsOf("virt-agent")), allowed(agentPermissions));
  });

  test("are allowed nothing that the controller does not do", async () => {
    expectAllowed(used(await requestsOf("virt-controller")), allowed(controllerPermissions));
  });
});

function expectAllowed(done: readonly string[], may: readonly string[]): void {
  expect(done.filter((words) => !may.includes(words))).toEqual([]);
  expect(may.filter((words) => !done.includes(words) && !inDoubt.includes(words))).toEqual([]);
}
