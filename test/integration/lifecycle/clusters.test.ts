/** Machines of one program on two clusters, by the connection that each has to itself; and how it proves who asks. */
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { configure, provider } from "../../../provider/lifecycle";
import { type Fields, unknownMarker } from "../../../provider/lifecycle/inputs";
import { Lab } from "../engine/support/lab";

let home: Lab;
let away: Lab;
let folder: string;

beforeEach(async () => {
  [home, away] = await Promise.all([Lab.open(), Lab.open()]);
  folder = await mkdtemp(join(tmpdir(), "kubevirt-clusters-"));
  configure({ get: (key) => (key === "kubevirt:kubeconfig" ? home.kubeconfig : undefined) });
});
afterEach(async () => {
  await Promise.all([home.close(), away.close()]);
  await rm(folder, { recursive: true, force: true });
});

const machines = provider("VirtualMachine");
const spec = { domain: { resources: { requests: { memory: "64Mi" } } } };
const inputs = (name: string, more: Fields = {}): Fields => ({
  metadata: { name, annotations: { "pulumi.com/skipAwait": "true" } },
  spec,
  ...more,
});
const checked = async (news: Fields, olds: Fields = {}) => {
  const { inputs: found, failures } = await machines.check(olds, news);
  expect(failures).toEqual([]);
  return found;
};
const isOn = async (lab: Lab, name: string) => (await lab.get(name)) !== undefined;

/** The kubeconfig of a lab whose user is another one. */
function withUser(lab: Lab, user: object): string {
  return JSON.stringify({ ...JSON.parse(lab.kubeconfig), users: [{ name: "lab", user }] });
}
const tokenOf = (lab: Lab): string => JSON.parse(lab.kubeconfig).users[0].user.token;

describe("a machine with a connection of its own", () => {
  test("is made, read, changed and removed there, and its connection is in its state", async () => {
    const connection = { kubeconfig: away.kubeconfig };
    const { id, outs } = await machines.create(await checked(inputs("far", { connection })));
    expect(outs.connection).toEqual(connection);
    expect([await isOn(home, "far"), await isOn(away, "far")]).toEqual([false, true]);

    const { props = {} } = await machines.read(id, outs);
    expect(props.connection).toEqual(connection);
    const news = await checked(
      { ...inputs("far", { connection }), metadata: { name: "far", labels: { a: "b" } } },
      outs,
    );
    const updated = await machines.update(id, props, { ...news, metadata: { ...Object(news.metadata), ...skipping } });
    expect((await away.get("far"))?.metadata.labels).toEqual({ a: "b" });
    expect(updated.outs.connection).toEqual(connection);

    // As of a program that is there no more: the state alone tells where it is.
    await machines.delete(id, updated.outs);
    expect(await isOn(away, "far")).toBe(false);
  });

  test("shares the process with machines of the stack's cluster, also of the same name", async () => {
    const far = await checked(inputs("web", { connection: { kubeconfig: away.kubeconfig } }));
    const near = await checked(inputs("web"));
    const [one, other] = await Promise.all([machines.create(far), machines.create(near)]);
    await machines.delete(one.id, one.outs);
    expect([await isOn(home, "web"), await isOn(away, "web")]).toEqual([true, false]);
    expect((await machines.read(other.id, other.outs)).id).toBe("default/web");
    expect(await machines.read(one.id, one.outs)).toEqual({});
  });

  test("is put into the namespace that its connection gives", async () => {
    const found = await checked(inputs("web", { connection: { kubeconfig: away.kubeconfig, namespace: "team" } }));
    expect(found.metadata).toMatchObject({ namespace: "team" });
  });

  test("passes a preview that does not know the cluster yet", async () => {
    const found = await checked(inputs("web", { connection: { kubeconfig: unknownMarker } }));
    expect(found).toMatchObject({ metadata: { namespace: unknownMarker }, connection: { kubeconfig: unknownMarker } });
  });
});

const skipping = { annotations: { "pulumi.com/skipAwait": "true" } };

describe("another connection later", () => {
  test("replaces nothing, and is what the state has from then on", async () => {
    const { id, outs } = await machines.create(await checked(inputs("web")));
    const connection = { kubeconfig: home.kubeconfig, context: "lab" };
    const news = await checked(inputs("web", { connection }), outs);
    // The engine compares the inputs by itself where it is not told.
    expect(await machines.diff(id, outs, news)).toMatchObject({ replaces: [] });
    expect(await machines.diff(id, outs, news)).not.toHaveProperty("changes", false);
    const metadata = (await home.get("web"))?.metadata;
    const updated = await machines.update(id, outs, news);
    expect(updated.outs).toMatchObject({ connection, metadata: { uid: metadata?.uid } });
    expect(await machines.diff(id, updated.outs, news)).toMatchObject({ changes: false });
  });

  test("that leads to another cluster is refused, and nothing is made there", async () => {
    const { id, outs } = await machines.create(await checked(inputs("web")));
    const news = await checked(inputs("web", { connection: { kubeconfig: away.kubeconfig } }), outs);
    await expect(machines.update(id, outs, news)).rejects.toThrow(
      /is not on the cluster that its connection names now/,
    );
    expect([await isOn(home, "web"), await isOn(away, "web")]).toEqual([true, false]);
  });
});

describe("who asks", () => {
  test("is proven by a program that the kubeconfig names, which is asked again when its token has expired", async () => {
    const [script, calls] = [join(folder, "token"), join(folder, "calls")];
    const lines = [
      "#!/bin/sh",
      `echo call >> '${calls}'`,
      `expiry=$(date -u -d '+2 seconds' +%Y-%m-%dT%H:%M:%SZ)`,
      `printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s","expirationTimestamp":"%s"}}' "$LAB_TOKEN" "$expiry"`,
    ];
    await writeFile(script, `${lines.join("\n")}\n`);
    await chmod(script, 0o755);
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: script,
      env: [{ name: "LAB_TOKEN", value: tokenOf(away) }],
      interactiveMode: "Never",
    };
    const connection = { kubeconfig: withUser(away, { exec }) };
    const { id, outs } = await machines.create(await checked(inputs("web", { connection })));
    const asked = async () => (await readFile(calls, "utf8")).trim().split("\n").length;
    const first = await asked();
    expect(first).toBeGreaterThan(0);
    await expect
      .poll(
        async () => {
          await machines.update(id, outs, outs);
          return asked();
        },
        { timeout: 20_000 },
      )
      .toBeGreaterThan(first);
  });

  test("is another one for each cluster, also where both kubeconfigs call them by the same name", async () => {
    const userOf = async (lab: Lab, name: string) => {
      const script = join(folder, name);
      const credential = {
        apiVersion: "client.authentication.k8s.io/v1",
        kind: "ExecCredential",
        status: { token: `${tokenOf(lab)}${name === "wrong" ? "x" : ""}` },
      };
      await writeFile(script, `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`);
      await chmod(script, 0o755);
      const exec = { apiVersion: credential.apiVersion, command: script, interactiveMode: "Never" };
      return { kubeconfig: withUser(lab, { exec }) };
    };
    const wrong = await checked(inputs("web", { connection: await userOf(home, "wrong") }));
    await expect(machines.create(wrong)).rejects.toThrow(/does not accept the credentials/);
    const right = await checked(inputs("web", { connection: await userOf(away, "right") }));
    expect((await machines.create(right)).id).toBe("default/web");
  });

  test("that the program refuses to tell is an error in its words", async () => {
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "/bin/sh",
      args: ["-c", "echo sign in first >&2; exit 1"],
    };
    const news = await checked(inputs("web", { connection: { kubeconfig: withUser(away, { exec }) } }));
    await expect(machines.create(news)).rejects.toThrow(/credentials of context "lab" cannot be had: sign in first/);
  });
});

describe("who asks by OpenID Connect", () => {
  let issuer: Server;
  const refreshes: string[] = [];

  beforeEach(async () => {
    refreshes.length = 0;
    issuer = createServer((request, response) => {
      const { port } = issuer.address() as { port: number };
      const url = `http://127.0.0.1:${port}`;
      const answer = (body: object) =>
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
      if (request.url === "/.well-known/openid-configuration") {
        return void answer({ issuer: url, token_endpoint: `${url}/token`, authorization_endpoint: `${url}/auth` });
      }
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        refreshes.push(Buffer.concat(chunks).toString());
        answer({ token_type: "bearer", access_token: "x", id_token: tokenOf(away), refresh_token: "next" });
      });
    });
    await new Promise<void>((resolve) => issuer.listen(0, "127.0.0.1", resolve));
  });
  afterEach(() => new Promise((resolve) => issuer.close(resolve)));

  test("gets a new token with the refresh token when the one of the kubeconfig has expired", async () => {
    const { port } = issuer.address() as { port: number };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const expired = `${part({ alg: "none" })}.${part({ exp: 1 })}.x`;
    const config = {
      "client-id": "machines",
      "client-secret": "none",
      "id-token": expired,
      "refresh-token": "first",
      "idp-issuer-url": `http://127.0.0.1:${port}`,
    };
    const connection = { kubeconfig: withUser(away, { "auth-provider": { name: "oidc", config } }) };
    const { id } = await machines.create(await checked(inputs("web", { connection })));
    expect(id).toBe("default/web");
    expect(refreshes[0]).toContain("refresh_token=first");
  });
});
