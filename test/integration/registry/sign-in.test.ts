/** Who is shown which credentials: real registries with passwords, tokens and certificates, and ones that want to see more. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { VolumeError } from "../../../provider/agent/volumes";
import { createServerTls, type ServerTls } from "../../../provider/apiserver/tls";
import { buildDiskImage } from "../../builders/oci-image.ts";
import { packAndPush } from "../../builders/packed-disk.ts";
import { DockerRegistry } from "./support/docker-registry.ts";
import { Front } from "./support/front.ts";
import { PullLab } from "./support/pull-lab.ts";
import { dockerConfig, htpasswd, issueToken, user } from "./support/sign-in.ts";

const basic = `Basic ${Buffer.from(`${user.name}:${user.password}`).toString("base64")}`;
const content = Buffer.alloc(4096, "for members");
const image = buildDiskImage(content);

let folder: string;
let lab: PullLab;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kubevirt-sign-in-"));
  await writeFile(join(folder, "disk.raw"), content);
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  lab = await PullLab.open();
});
afterEach(() => lab.close());

const secretFor = (registry: string, password?: string) => ({
  secret: { name: "pull", content: dockerConfig(registry, password) },
  imagePullSecret: "pull",
});

/** No word of what went wrong, or of what happened, may carry a secret. */
async function failureOf(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof VolumeError)) throw new Error("it failed otherwise, or not at all", { cause: error });
  const cause = error.cause instanceof Error ? error.cause.message : "";
  const told = `${error.message} ${error.stack} ${cause} ${lab.events.join(" ")}`;
  for (const secret of [user.password, basic.slice(6), encodeURIComponent(user.password)]) {
    expect(told).not.toContain(secret);
  }
  return `${error.reason} ${error.message}`;
}

describe("a registry with passwords", () => {
  let registry: DockerRegistry;
  let reference: string;

  beforeAll(async () => {
    registry = await DockerRegistry.start({ htpasswd });
    reference = await packAndPush(
      join(folder, "disk.raw"),
      `${registry.host}/private/disk:1`,
      `${user.name}:${user.password}`,
    );
  });
  afterAll(() => registry.stop());

  test("gives the disk for the secret's credentials", async () => {
    const source = await lab.pull(reference, secretFor(registry.host));
    expect(await readFile(source.backing?.path ?? "")).toEqual(content);
  });

  test("refuses wrong ones and none, in words that say what to look at", async () => {
    expect(await failureOf(lab.pull(reference, secretFor(registry.host, "guessed")))).toMatch(
      /^ImagePullDenied volume "root": image ".*" cannot be pulled: .* answers 401 \(UNAUTHORIZED\): private\/disk may not be pulled with the credentials given; look at what the secret "pull" holds for it; it is tried again$/,
    );
    expect(await failureOf(lab.pull(reference))).toMatch(
      /^ImagePullDenied .* asks for credentials, and there are none for it; .* name a secret for it in imagePullSecret/,
    );
    expect(await failureOf(lab.pull(reference, secretFor("registry.example")))).toMatch(/there are none for it/);
  });

  test.each([
    [
      "is missing",
      {},
      /^SecretNotFound .*imagePullSecret "pull" does not exist in namespace "default"; make it with: kubectl create secret docker-registry pull --docker-server=127/,
    ],
    [
      "is of another type",
      { username: Buffer.from("x") },
      /^SecretUnusable .* has no key "\.dockerconfigjson".*kubernetes\.io\/dockerconfigjson; make it with/,
    ],
    [
      "is not JSON",
      { ".dockerconfigjson": Buffer.from(`{"auths": ${user.password}`) },
      /^SecretUnusable .* is not JSON; make it/,
    ],
  ])("says what is wrong with a secret that %s", async (title, content, words) => {
    const name = title === "is missing" ? "another" : "pull";
    const attempt = lab.pull(reference, { secret: { name, content }, imagePullSecret: "pull" });
    expect(await failureOf(attempt)).toMatch(words);
  });

  test("is asked again for a machine of another namespace, although the disk is here", async () => {
    await lab.pull(reference, secretFor(registry.host));
    expect(await failureOf(lab.pull(reference, { namespace: "strangers" }))).toMatch(/^ImagePullDenied/);
    const [folder = ""] = await readdir(join(lab.root, "registry/disks"));
    const byDigest = reference.replace(/:1$/, `@${folder.replace("-", ":")}`);
    await lab.pull(byDigest, secretFor(registry.host));
    expect(await failureOf(lab.pull(byDigest, { namespace: "strangers" }))).toMatch(/^ImagePullDenied/);
    expect(
      await failureOf(lab.pull(reference, { namespace: "strangers", ...secretFor(registry.host, "guessed") })),
    ).toMatch(/^ImagePullDenied/);
  });

  test("is tried at once when the secret has changed, whatever the back-off", async () => {
    await lab.close();
    lab = await PullLab.open({ disks: { backoff: { initial: 3_600_000, max: 3_600_000 } } });
    const uid = "mended";
    await failureOf(lab.pull(reference, { uid, ...secretFor(registry.host, "guessed") }));
    expect(await lab.pull(reference, { uid, ...secretFor(registry.host) })).toBeDefined();
  });
});

describe("a registry that sends for a token", () => {
  let tls: ServerTls;
  let registry: DockerRegistry;
  let realm: Front;
  const grant = { issuer: "test issuer", service: "test service" };

  beforeAll(async () => {
    tls = await createServerTls();
    await writeFile(join(folder, "ca.pem"), tls.ca);
    realm = await Front.start();
    const token = { realm: `http://${realm.host}/token?from=registry`, ...grant, bundle: join(folder, "ca.pem") };
    registry = await DockerRegistry.start({ token });
    realm.answer = (request, response) => {
      const query = new URL(request.path, "http://realm").searchParams;
      if (request.authorization !== basic) {
        response.writeHead(401).end();
        return true;
      }
      const token = issueToken(tls, { ...grant, scope: query.get("scope") ?? "" });
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ token }));
      return true;
    };
    await packAndPush(join(folder, "disk.raw"), `${registry.host}/private/disk:1`, `${user.name}:${user.password}`);
  });
  afterAll(async () => {
    await registry.stop();
    await realm.stop();
  });

  test("gets one for pulling this repository, and gives the disk", async () => {
    realm.seen.splice(0);
    const source = await lab.pull(`${registry.host}/private/disk:1`, secretFor(registry.host));
    expect(await readFile(source.backing?.path ?? "")).toEqual(content);
    for (const { path, authorization } of realm.seen) {
      const query = new URL(path, "http://realm").searchParams;
      expect(Object.fromEntries(query)).toEqual({
        from: "registry",
        service: grant.service,
        scope: "repository:private/disk:pull",
      });
      expect(authorization).toBe(basic);
    }
    expect(realm.seen.length).toBeGreaterThan(0);
  });

  test("refuses whom its realm refuses", async () => {
    const attempt = lab.pull(`${registry.host}/private/disk:1`, secretFor(registry.host, "guessed"));
    expect(await failureOf(attempt)).toMatch(/^ImagePullDenied .* does not accept the credentials for 127\.0\.0\.1/);
  });
});

describe("a registry with a certificate", () => {
  let tls: ServerTls;
  let registry: DockerRegistry;

  beforeAll(async () => {
    tls = await createServerTls();
    const [certificate, key] = [join(folder, "certificate.pem"), join(folder, "key.pem")];
    await writeFile(certificate, tls.cert);
    await writeFile(key, tls.key);
    registry = await DockerRegistry.start({ tls: { certificate, key }, htpasswd });
    await packAndPush(join(folder, "disk.raw"), `${registry.host}/private/disk:1`, `${user.name}:${user.password}`);
  });
  afterAll(() => registry.stop());

  test("of an unknown authority is not trusted, not even on this machine, and told how it can be", async () => {
    const attempt = lab.pull(`${registry.host}/private/disk:1`, secretFor(registry.host));
    expect(await failureOf(attempt)).toMatch(
      /^RegistryUnavailable .* its certificate is not trusted \(\w+\); trust its authority with: virtctl local start --registry-ca FILE/,
    );
  });

  test("of an authority that was named gives the disk", async () => {
    await lab.close();
    lab = await PullLab.open({ client: { authorities: [tls.ca] } });
    const source = await lab.pull(`${registry.host}/private/disk:1`, secretFor(registry.host));
    expect(await readFile(source.backing?.path ?? "")).toEqual(content);
  });
});

describe("credentials", () => {
  let registry: DockerRegistry;
  let front: Front;
  let elsewhere: Front;

  beforeAll(async () => {
    registry = await DockerRegistry.start();
    await registry.push("disks/a", "1", image);
  });
  afterAll(() => registry.stop());
  beforeEach(async () => {
    front = await Front.start(registry.host);
    elsewhere = await Front.start(registry.host);
  });
  afterEach(async () => {
    await front.stop();
    await elsewhere.stop();
  });

  /** Answers 401 to whoever comes without the right Authorization header. */
  const guard =
    (challenge: string, accepted: string): Front["answer"] =>
    (request, response) => {
      if (request.authorization === accepted || !request.path.includes("/disks/")) return false;
      response.writeHead(401, { "www-authenticate": challenge }).end();
      return true;
    };

  test("do not follow a redirect to another host, which serves the blob all the same", async () => {
    const asking = guard('Basic realm="test"', basic);
    front.answer = (request, response) => {
      if (!request.path.includes("/blobs/") || request.authorization !== basic) return asking(request, response);
      response.writeHead(307, { location: `http://${elsewhere.host}${request.path}` }).end();
      return true;
    };
    const source = await lab.pull(`${front.host}/disks/a:1`, secretFor(front.host));
    expect(await readFile(source.backing?.path ?? "")).toEqual(content);
    expect(elsewhere.seen.length).toBeGreaterThan(0);
    expect(elsewhere.seen.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  test("are not given to whoever a redirect leads to, ask as it may", async () => {
    const asking = guard('Basic realm="test"', basic);
    front.answer = (request, response) => {
      if (!request.path.includes("/blobs/") || request.authorization !== basic) return asking(request, response);
      response.writeHead(307, { location: `http://${elsewhere.host}${request.path}` }).end();
      return true;
    };
    elsewhere.answer = (_request, response) => {
      response.writeHead(401, { "www-authenticate": `Bearer realm="http://${elsewhere.host}/token"` }).end();
      return true;
    };
    expect(await failureOf(lab.pull(`${front.host}/disks/a:1`, secretFor(front.host)))).toMatch(/^ImagePullDenied/);
    expect(elsewhere.seen.every(({ authorization }) => authorization === undefined)).toBe(true);
    expect(elsewhere.asked("/token")).toEqual([]);
  });

  test.each([
    [
      "https://token.example/",
      /sends for a token to "token\.example", which does not belong to the registry's owner; the credentials were kept back/,
    ],
    ["http://token.example/", /which is not an https address; it was not asked/],
    ["https://user:pass@127.0.0.1/", /which is not an https address; it was not asked/],
    ["file:///etc/passwd", /which is not an https address; it was not asked/],
    ["nonsense", /to "nonsense", which is no address/],
  ])("are kept from the realm %s", async (realm, words) => {
    front.answer = guard(`Bearer realm="${realm}",service="s"`, "Bearer never");
    expect(await failureOf(lab.pull(`${front.host}/disks/a:1`, secretFor(front.host)))).toMatch(words);
  });

  test("of another registry are not shown to this one", async () => {
    front.answer = guard('Basic realm="test"', basic);
    expect(await failureOf(lab.pull(`${front.host}/disks/a:1`, secretFor(elsewhere.host)))).toMatch(/there are none/);
    expect(front.seen.every(({ authorization }) => authorization === undefined)).toBe(true);
  });
});
