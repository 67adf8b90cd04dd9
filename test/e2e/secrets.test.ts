/**
 * Secrets stay secret: user data, keys and passwords of registries are looked for after every run of both forms of the
 * provider, in the state, in all that the command line prints, in events, logs, arguments of processes and open files.
 * Where they have to be (the engine's store, the image that the guest reads, the program itself), nobody else may read.
 */
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ArgumentWatch, Canaries, canary, isOpen } from "./support/canaries.ts";
import { succeed } from "./support/command.ts";
import { LocalEngine } from "./support/local-engine.ts";
import { PulumiProject, removeTemplate } from "./support/pulumi-project.ts";
import { eventually } from "./support/wait.ts";

const texts = {
  plain: canary("plain"),
  marked: canary("marked"),
  encoded: canary("encoded"),
  faulty: canary("faulty"),
  password: canary("password"),
};
const canaries = new Canaries(texts);

const userData = (text: string) => `#cloud-config\nssh_keys:\n  ed25519_private: ${text}\n`;
const encoded = Buffer.from(userData(texts.encoded)).toString("base64");
const planted = "planted";

interface Round {
  /** Something of the machines that has to be updated. */
  readonly tier: string;
  /** A machine whose disk cannot be pulled, or whose user data is no base64. */
  readonly fault?: "start" | "preview";
}

const disks = [
  { name: "root", volumeName: "root", disk: { bus: "virtio" } },
  { name: "seed", volumeName: "seed", cdrom: { bus: "sata" } },
];
const domain = { resources: { requests: { memory: "64Mi" } }, devices: { disks } };
const machine = (source: unknown, root: unknown = { ephemeral: { persistentVolumeClaim: { claimName: "tiny" } } }) => ({
  terminationGracePeriodSeconds: 0,
  domain,
  volumes: [
    { name: "root", ...Object(root) },
    { name: "seed", cloudInitNoCloud: source },
  ],
});

/** The objects of a round; `secret` marks a text as the language does. */
function objects({ tier, fault }: Round, secret: (text: string) => unknown) {
  const labels = { tier };
  const impatient = { "pulumi.com/timeoutSeconds": "10" };
  const unreachable = { registryDisk: { image: "127.0.0.1:9/none", imagePullSecret: "registry" } };
  const broken = { userDataBase64: `${texts.faulty}!` };
  const unlucky = machine({ userData: userData(texts.plain) }, unreachable);
  return {
    plain: ["VirtualMachine", { metadata: { labels }, spec: machine({ userData: userData(texts.plain) }) }],
    marked: [
      "OfflineVirtualMachine",
      {
        metadata: { labels },
        spec: { runStrategy: "Halted", template: { spec: machine({ userData: secret(userData(texts.marked)) }) } },
      },
    ],
    encoded: [
      "VirtualMachine",
      {
        metadata: { labels, annotations: { "pulumi.com/skipAwait": "true" } },
        spec: { ...machine({ userDataBase64: encoded }), nodeSelector: { nowhere: "true" } },
      },
    ],
    ...(fault === "start"
      ? { unlucky: ["VirtualMachine", { metadata: { annotations: impatient }, spec: unlucky }] }
      : {}),
    ...(fault === "preview" ? { broken: ["VirtualMachine", { spec: machine(broken) }] } : {}),
  } as Readonly<Record<string, readonly [kind: string, args: object]>>;
}

const programs = {
  TypeScript: async (project: PulumiProject, round: Round) => {
    const marked = "pulumi.secret: ";
    const args = (value: object) =>
      JSON.stringify(value).replace(
        new RegExp(`"${marked}((?:[^"\\\\]|\\\\.)*)"`, "g"),
        (_all, text: string) => `pulumi.secret("${text}")`,
      );
    const lines = Object.entries(objects(round, (text) => `${marked}${text}`)).map(
      ([name, [kind, value]]) => `new kubevirt.${kind}("${name}", ${args(value)} as any);`,
    );
    const imports = ['import * as pulumi from "@pulumi/pulumi";', 'import * as kubevirt from "pulumi-kubevirt";'];
    await project.write([...imports, "pulumi;", ...lines].join("\n"));
  },
  YAML: async (project: PulumiProject, round: Round) => {
    const resources = Object.fromEntries(
      Object.entries(objects(round, (text) => ({ "fn::secret": text }))).map(([name, [kind, properties]]) => [
        name,
        { type: `kubevirt:${kind}`, properties },
      ]),
    );
    await writeFile(join(project.folder, "Pulumi.yaml"), JSON.stringify({ name: "yaml", runtime: "yaml", resources }));
  },
} as const;

let engine: LocalEngine;
let argumentsSeen: ArgumentWatch;

beforeAll(async () => {
  engine = await LocalEngine.create();
  await engine.start();
  await engine.importGuest("tiny");
  const credentials = ["--docker-server=127.0.0.1:9", "--docker-username=me", `--docker-password=${texts.password}`];
  await engine.kubectl("create", "secret", "docker-registry", "registry", ...credentials);
  argumentsSeen = new ArgumentWatch(canaries);
});

afterAll(async () => {
  await argumentsSeen?.stop();
  await engine?.remove();
  await removeTemplate();
});

describe("the search", () => {
  test("finds what is there: in a text, encoded in a longer one, in a file, among a program's arguments", async () => {
    const text = canary(planted);
    const own = new Canaries({ [planted]: text });
    expect(own.in(`{"a":"${text}"}`)).toEqual([planted]);
    for (const before of ["", "a", "ab"]) {
      expect(own.in(Buffer.from(`${before}${text}-after`).toString("base64"))).toEqual([planted]);
    }
    expect(own.in(texts.plain)).toEqual([]);

    const file = join(engine.folder, "planted");
    await writeFile(file, text, { mode: 0o644 });
    expect(await own.inFiles(engine.folder, isOpen)).toEqual([`${file}: ${planted}`]);

    const watch = new ArgumentWatch(own);
    const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)", text]);
    try {
      await eventually("the arguments are seen", async () => (watch.found.length > 0 ? true : undefined));
    } finally {
      child.kill();
    }
    expect(await watch.stop()).toEqual([`${process.execPath}: ${planted}`]);
  });
});

describe.each(["TypeScript", "YAML"] as const)("a program in %s", (language) => {
  let project: PulumiProject;
  const printed: string[] = [];

  const pulumi = async (...args: string[]) => {
    const { code, output } = await project.run(...args);
    printed.push(output);
    return { code, output };
  };
  const write = (round: Round) => programs[language](project, round);
  const succeeds = async (...args: string[]) => {
    const { code, output } = await pulumi(...args);
    expect(code, output).toBe(0);
  };

  beforeAll(async () => {
    project =
      language === "TypeScript"
        ? await PulumiProject.create(engine)
        : await PulumiProject.createWithPlugin(engine, "yaml");
  });
  afterAll(() => project?.remove());

  test("is previewed, deployed, fails, is refreshed, changed and removed", async () => {
    await write({ tier: "one", fault: "preview" });
    const refused = await pulumi("preview", "--diff");
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain("userDataBase64");

    await write({ tier: "one" });
    await succeeds("preview", "--json");
    await succeeds("up", "--yes", "--diff");

    await write({ tier: "one", fault: "start" });
    const failed = await pulumi("up", "--yes", "--skip-preview", "--diff");
    expect(failed.code).not.toBe(0);
    expect(failed.output).toContain("did not become ready");

    await write({ tier: "two" });
    await succeeds("refresh", "--yes", "--diff");
    await succeeds("up", "--yes", "--diff");
    await succeeds("stack", "output", "--json");
    // With the secrets in it as the state has them.
    await succeeds("stack", "export");
  });

  test("leaves no secret in what the command line prints", () => {
    expect(printed.length).toBeGreaterThan(6);
    expect(canaries.in(printed.join("\n"))).toEqual([]);
  });

  test("leaves none in the state, its backups and its history", async () => {
    const before = await canaries.inFiles(join(project.folder, "state"));
    await succeeds("destroy", "--yes", "--diff");
    expect(canaries.in(printed.join("\n"))).toEqual([]);
    expect([...before, ...(await canaries.inFiles(join(project.folder, "state")))]).toEqual([]);
    const own = ["index.ts", "Pulumi.yaml"].map((name) => join(project.folder, name));
    const logs = (path: string) => !own.includes(path) && !path.includes("node_modules");
    expect(await canaries.inFiles(project.folder, logs)).toEqual([]);
  });
});

describe("the engine", () => {
  test("told none in events, and libvirt none in its logs", async () => {
    const events = await engine.kubectl("get", "events", "--output", "yaml");
    expect(events).toContain("VirtualMachine");
    expect(canaries.in(events)).toEqual([]);
    const ours = (path: string) => path.includes(engine.namespace);
    expect(await canaries.inFiles("/var/log/libvirt", ours)).toEqual([]);
  });

  test("has none in its logs, and none in a file that others may read", async () => {
    expect(await canaries.inFiles(engine.folder, (path) => path.endsWith(".log"))).toEqual([]);
    expect(await canaries.inFiles(engine.folder, isOpen)).toEqual([]);
    // They are in its store, which is its own.
    expect(await canaries.inFiles(join(engine.folder, "engine"))).not.toEqual([]);
  });

  test("has not written an image for a guest that others may read, nor put a secret into its domain", async () => {
    const spec = {
      terminationGracePeriodSeconds: 0,
      domain,
      volumes: machine({ userData: userData(texts.plain) }).volumes,
    };
    const object = { apiVersion: "kubevirt.io/v1alpha1", kind: "VirtualMachine", metadata: { name: "still" }, spec };
    await engine.tryKubectl(["create", "--filename", "-"], JSON.stringify(object));
    await engine.kubectl("wait", "vm/still", "--for=condition=Ready", "--timeout=90s");
    const { volumes } = await engine.record();
    expect(await canaries.inFiles(volumes)).toEqual([expect.stringMatching(/plain$/)]);
    expect(await canaries.inFiles(volumes, isOpen)).toEqual([]);
    const xml = await succeed("virsh", ["--connect", "qemu:///system", "dumpxml", `${engine.namespace}_still`]);
    expect(canaries.in(xml)).toEqual([]);
  });

  test("never gave one to a program as an argument, nor did anybody", async () => {
    expect(await argumentsSeen.stop()).toEqual([]);
    expect(argumentsSeen.seen).toBeGreaterThan(10);
  });
});
