/** The local API server, compared with that of a whole cluster, where Kubernetes' own controllers write too. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kinds } from "../../provider/api/v1alpha1/kinds";
import type { KubeObject } from "../../provider/kube/resource";
import { conformsTo } from "../integration/conformance/support/suite";
import { getJson, kubectl, uninstall } from "./support/cluster.ts";

const account = "conformance";

conformsTo(async () => {
  await uninstall();
  const directory = mkdtempSync(join(tmpdir(), "conformance-cluster-"));
  const forget = async () => {
    await kubectl("delete", "--ignore-not-found", `clusterrolebinding/${account}`);
    await kubectl("--namespace=default", "delete", "--ignore-not-found", `serviceaccount/${account}`);
  };
  const stop = async () => {
    rmSync(directory, { recursive: true, force: true });
    await removeCases();
    await forget();
    await uninstall();
  };
  await forget();
  try {
    return { kubeconfig: await withToken(directory), directory, stop };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}, "controllers");

/** What cases have made: also what they hold by finalizers that nobody else will ever take away. */
async function removeCases(): Promise<void> {
  const isCase = (name: string) => /^case-\d+/.test(name);
  const held = [...kinds.map(({ plural }) => plural), "configmaps", "secrets", "persistentvolumeclaims"];
  const { items } = await getJson<{ items: KubeObject[] }>(held.join(","), "--all-namespaces");
  for (const { kind = "", metadata } of items) {
    const { namespace = "", name = "", finalizers = [] } = metadata;
    if (!isCase(namespace) || finalizers.length === 0) continue;
    await kubectl("patch", kind, name, "--namespace", namespace, "--type=merge", `--patch=${free}`);
  }
  const namespaces = (await kubectl("get", "namespaces", "--output=name")).split("\n");
  const made = namespaces.filter((name) => isCase(name.replace("namespace/", "")));
  if (made.length > 0) await kubectl("delete", "--timeout=300s", ...made);
}
const free = JSON.stringify({ metadata: { finalizers: null } });

/** Who the cases take themselves for. */
const person = { as: "admin" } as const;

/** By a certificate a request is let in whatever token it has. */
async function withToken(directory: string): Promise<string> {
  await kubectl("--namespace=default", "create", "serviceaccount", account);
  const subjects = [`--serviceaccount=default:${account}`, `--user=${person.as}`];
  await kubectl("create", "clusterrolebinding", account, "--clusterrole=cluster-admin", ...subjects);
  const token = (await kubectl("--namespace=default", "create", "token", account, "--duration=1h")).trim();
  const cluster = await kubectl("config", "view", "--minify", "--raw", "--output=json");
  const file = join(directory, "kubeconfig.json");
  const given = JSON.parse(cluster) as { users: { name: string }[] };
  writeFileSync(
    file,
    JSON.stringify({ ...given, users: given.users.map(({ name }) => ({ name, user: { token, ...person } })) }),
  );
  return file;
}
