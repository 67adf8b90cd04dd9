import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KubeconfigError } from "../../../provider/kube/errors";
import { loadConnection } from "../../../provider/kube/kubeconfig";

interface Entry {
  readonly name: string;
  readonly server?: string;
  readonly namespace?: string;
}

const kubeconfig = (entries: readonly Entry[], current?: string) =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: entries.map(({ name, server }) => ({ name, cluster: { server: server ?? `https://${name}:6443/` } })),
    users: entries.map(({ name }) => ({ name, user: { token: `token-${name}` } })),
    contexts: entries.map(({ name, namespace }) => ({
      name,
      context: { cluster: name, user: name, ...(namespace && { namespace }) },
    })),
    ...(current === undefined ? {} : { "current-context": current }),
  });

describe("loadConnection", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const file = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };
  const refusal = async (options: Parameters<typeof loadConnection>[0]): Promise<string> => {
    try {
      await loadConnection(options);
    } catch (error) {
      expect(error).toBeInstanceOf(KubeconfigError);
      return error instanceof Error ? error.message : "";
    }
    throw new Error("there was no refusal");
  };
  const authorization = async (connection: Awaited<ReturnType<typeof loadConnection>>) =>
    (await connection.credentials()).headers.authorization;

  it("takes the document itself", async () => {
    const connection = await loadConnection({ kubeconfig: kubeconfig([{ name: "a", namespace: "team" }], "a") });
    expect(connection).toMatchObject({ server: "https://a:6443", namespace: "team", context: "a" });
    expect(await authorization(connection)).toBe("Bearer token-a");
  });

  it("takes YAML for the document too", async () => {
    const text =
      "apiVersion: v1\nclusters:\n- name: y\n  cluster: {server: https://y}\ncontexts:\n- name: y\n  context: {cluster: y, user: y}\ncurrent-context: y\n";
    expect(await loadConnection({ kubeconfig: text })).toMatchObject({ server: "https://y", namespace: "default" });
  });

  it("takes a path, also one below the home folder", async () => {
    const path = await file("config", kubeconfig([{ name: "a" }], "a"));
    expect((await loadConnection({ kubeconfig: path })).context).toBe("a");
    expect((await loadConnection({ kubeconfig: "~/config", env: { HOME: folder } })).context).toBe("a");
  });

  it("takes KUBECONFIG before the home folder's file", async () => {
    const home = await mkdtemp(join(folder, "home-"));
    const path = await file("config", kubeconfig([{ name: "a" }], "a"));
    expect((await loadConnection({ env: { KUBECONFIG: path, HOME: home } })).context).toBe("a");
  });

  it("merges a list as kubectl does: the first of a name and the first current context count, missing files do not", async () => {
    const first = await file("1", kubeconfig([{ name: "a", server: "https://first" }]));
    const second = await file("2", kubeconfig([{ name: "a", server: "https://second" }, { name: "b" }], "b"));
    const third = await file("3", kubeconfig([{ name: "c" }], "c"));
    const env = { KUBECONFIG: [join(folder, "none"), first, second, third].join(delimiter) };
    const current = await loadConnection({ env });
    expect(current).toMatchObject({ context: "b", server: "https://b:6443" });
    expect(await authorization(current)).toBe("Bearer token-b");
    expect(await loadConnection({ env, context: "a" })).toMatchObject({ server: "https://first" });
    expect(await loadConnection({ env, context: "c" })).toMatchObject({ server: "https://c:6443" });
  });

  it("prefers the namespace that it is given over the context's", async () => {
    const text = kubeconfig([{ name: "a", namespace: "team" }], "a");
    expect((await loadConnection({ kubeconfig: text, namespace: "mine" })).namespace).toBe("mine");
  });

  it("makes one agent for all calls and closes it", async () => {
    const connection = await loadConnection({ kubeconfig: kubeconfig([{ name: "a" }], "a") });
    expect((await connection.credentials()).agent).toBe((await connection.credentials()).agent);
    connection.close();
  });

  it("says where it looked when there is none, and what to do", async () => {
    const message = await refusal({ env: { HOME: folder } });
    expect(message).toBe(
      `there is no kubeconfig (looked for ${folder}/.kube/config); start the local engine with "virtctl local start" and follow what it prints, or set KUBECONFIG or the stack config kubevirt:kubeconfig`,
    );
    expect(await refusal({ env: { KUBECONFIG: `${folder}/x${delimiter}${folder}/y` } })).toContain(
      `(looked for ${folder}/x, ${folder}/y)`,
    );
  });

  it("names the file that cannot be read, and why", async () => {
    expect(await refusal({ kubeconfig: join(folder, "none") })).toMatch(
      /the kubeconfig .*\/none cannot be read: ENOENT/,
    );
    const nothing = await file("nothing", "null");
    expect(await refusal({ env: { KUBECONFIG: nothing } })).toBe(
      `the kubeconfig ${nothing} cannot be read: it is not a kubeconfig document`,
    );
    const empty = await file("empty", "");
    expect(await refusal({ env: { KUBECONFIG: empty } })).toContain(`the kubeconfig ${empty} cannot be read: `);
    const broken = await file("broken", "clusters: [");
    expect(await refusal({ env: { KUBECONFIG: broken } })).toContain(`the kubeconfig ${broken} cannot be read: `);
    expect(await refusal({ env: { KUBECONFIG: folder } })).toMatch(/cannot be read: EISDIR/);
  });

  it("names the contexts there are when the one asked for is not among them", async () => {
    const path = await file("config", kubeconfig([{ name: "a" }, { name: "b" }], "a"));
    expect(await refusal({ kubeconfig: path, context: "c" })).toBe(
      `the kubeconfig ${path} has no context "c" (contexts: a, b); set kubevirt:context to one of them`,
    );
  });

  it("tells no current context from one whose cluster is missing", async () => {
    expect(await refusal({ kubeconfig: kubeconfig([{ name: "a" }]) })).toBe(
      'the kubeconfig given as kubevirt:kubeconfig names no current context; choose one with "kubectl config use-context NAME" or set kubevirt:context',
    );
    const dangling = JSON.stringify({
      clusters: [],
      users: [],
      contexts: [{ name: "a", context: { cluster: "gone", user: "a" } }],
      "current-context": "a",
    });
    expect(await refusal({ kubeconfig: dangling })).toContain('context "a" is of cluster "gone", which is not in it');
  });
});

it("tells of a document that cannot be read without its lines, which may be secrets", async () => {
  const kubeconfig = "apiVersion: v1\nusers:\n- name: a\n  user: { token: canary }\n   - name: b\n";
  const failure = await loadConnection({ kubeconfig }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(KubeconfigError);
  expect(String(failure)).toContain("cannot be read: ");
  expect(String(failure)).not.toContain("canary");
});
