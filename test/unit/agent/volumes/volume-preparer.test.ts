import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ClaimStore, VolumeError, VolumePreparer } from "../../../../provider/agent/volumes";
import { CommandError, type RunCommand } from "../../../../provider/agent/volumes/run-command";
import type { Volume } from "../../../../provider/api/v1alpha1/volumes";

const uid = "2f1c7f0e-6a0f-4a52-9b7a-0c8a6a3b1f10";
const machine = { uid, namespace: "default", name: "web" };
const noSecrets = () => Promise.resolve(undefined);
const secretText = "password: hunter2";

interface Run {
  readonly command: string;
  readonly args: readonly string[];
  /** What genisoimage would read. */
  readonly documents: Readonly<Record<string, string>>;
}

describe("VolumePreparer", () => {
  let root: string;
  let runs: Run[];
  let claims: ClaimStore;
  let fail: CommandError | undefined;

  /** qemu-img and genisoimage as far as the preparer can tell. */
  const run: RunCommand = async (command, args) => {
    const documents: Record<string, string> = {};
    if (command === "genisoimage") {
      const folder = args.at(-1) ?? "";
      for (const name of await readdir(folder)) {
        documents[name] = await readFile(join(folder, name), "utf8");
      }
      expect((await stat(folder)).mode & 0o777).toBe(0o700);
    }
    runs.push({ command, args, documents });
    const output = command === "genisoimage" ? args[args.indexOf("-o") + 1] : args[args.indexOf("--") + 1];
    await writeFile(output ?? "", `made by run ${runs.length}`);
    if (fail !== undefined) {
      throw fail;
    }
  };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "kubevirt-volumes-"));
    runs = [];
    fail = undefined;
    await writeFile(join(root, "image"), Buffer.alloc(1024, 7));
    claims = new ClaimStore({ root, run: (_command, args) => writeFile(args.at(-1) ?? "", Buffer.alloc(4096)) });
    await claims.import({ file: join(root, "image"), namespace: "default", claim: "tiny" });
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const preparer = () => new VolumePreparer({ root, claims, run });
  const claimPath = () => join(root, "claims/default/tiny/disk.img");
  const inMachine = (name: string) => join(root, "machines", uid, name);
  const overlay: Volume = { name: "root", ephemeral: { persistentVolumeClaim: { claimName: "tiny" } } };

  it("gives a claim its own raw image, read-only when the volume says so", async () => {
    const sources = await preparer().prepare(
      machine,
      [
        { name: "a", persistentVolumeClaim: { claimName: "tiny" } },
        { name: "b", persistentVolumeClaim: { claimName: "tiny", readOnly: true } },
      ],
      noSecrets,
    );
    expect(sources).toEqual({
      a: { kind: "file", path: claimPath(), format: "raw" },
      b: { kind: "file", path: claimPath(), format: "raw", readOnly: true },
    });
  });

  it("puts an overlay with explicit formats over an ephemeral claim", async () => {
    expect(await preparer().prepare(machine, [overlay], noSecrets)).toEqual({
      root: {
        kind: "file",
        path: inMachine("root.qcow2"),
        format: "qcow2",
        backing: { path: claimPath(), format: "raw" },
      },
    });
    const args = runs[0]?.args.join(" ");
    expect(args).toMatch(/^create -q -u -f qcow2 -F raw -b .*disk\.img -- .* 4096$/);
  });

  it("makes an empty disk of whole sectors", async () => {
    const volumes: Volume[] = [{ name: "scratch", emptyDisk: { capacity: "1000" } }];
    expect(await preparer().prepare(machine, volumes, noSecrets)).toEqual({
      scratch: { kind: "file", path: inMachine("scratch.qcow2"), format: "qcow2" },
    });
    expect(runs[0]?.args.at(-1)).toBe("1024");
  });

  it("writes the NoCloud documents, from the spec and from a secret", async () => {
    const volumes: Volume[] = [
      { name: "plain", cloudInitNoCloud: { userData: "#!/bin/sh\n" } },
      { name: "secret", cloudInitNoCloud: { secretRef: { name: "seed" } } },
    ];
    const asked: string[] = [];
    const sources = await preparer().prepare(machine, volumes, async (name) => {
      asked.push(name);
      return { userdata: Buffer.from(secretText) };
    });
    expect(sources.plain).toEqual({ kind: "file", path: inMachine("plain.iso"), format: "raw" });
    expect(runs.map(({ documents }) => documents["user-data"])).toEqual(["#!/bin/sh\n", secretText]);
    expect(runs[0]?.documents["meta-data"]).toContain('"local-hostname":"web"');
    expect(asked).toEqual(["seed"]);
  });

  it("keeps user data out of arguments and names, and leaves no copy beside the image", async () => {
    const volumes: Volume[] = [{ name: "seed", cloudInitNoCloud: { userData: secretText } }];
    await preparer().prepare(machine, volumes, noSecrets);
    expect(JSON.stringify(runs.map(({ args }) => args))).not.toContain("hunter2");
    expect(await readdir(join(root, "machines", uid))).toEqual(["seed.iso"]);
    expect((await stat(inMachine("seed.iso"))).mode & 0o777).toBe(0o600);
  });

  it("leaves no copy of user data when the image cannot be made", async () => {
    fail = new CommandError("genisoimage ended with status 1", { command: "genisoimage" });
    const volumes: Volume[] = [{ name: "seed", cloudInitNoCloud: { userData: secretText } }];
    await expect(preparer().prepare(machine, volumes, noSecrets)).rejects.toThrow(VolumeError);
    expect(await readdir(join(root, "machines", uid))).toEqual([]);
  });

  it("keeps an overlay and an empty disk that are there, and makes the seed anew", async () => {
    const volumes: Volume[] = [
      overlay,
      { name: "scratch", emptyDisk: { capacity: "1Mi" } },
      { name: "seed", cloudInitNoCloud: { userData: "one" } },
    ];
    const first = await preparer().prepare(machine, volumes, noSecrets);
    await writeFile(inMachine("root.qcow2"), "what the guest wrote");
    const second = await preparer().prepare(machine, volumes, noSecrets);
    expect(second).toEqual(first);
    expect(await readFile(inMachine("root.qcow2"), "utf8")).toBe("what the guest wrote");
    expect(runs.map(({ command }) => command)).toEqual(["qemu-img", "qemu-img", "genisoimage", "genisoimage"]);
  });

  it("does not take a half-made overlay for a whole one", async () => {
    fail = new CommandError("qemu-img was ended by SIGKILL", { command: "qemu-img" });
    await expect(preparer().prepare(machine, [overlay], noSecrets)).rejects.toThrow(VolumeError);
    expect(await readdir(join(root, "machines", uid))).toEqual([]);
    // A kill of the agent itself leaves the temporary file; the next preparation does not look at it.
    await writeFile(inMachine(".root.qcow2.0123456789ab"), "half");
    fail = undefined;
    await preparer().prepare(machine, [overlay], noSecrets);
    expect(await readFile(inMachine("root.qcow2"), "utf8")).toBe("made by run 2");
  });

  it("removes a machine's files and no claim, and lists who has files", async () => {
    const volumes = preparer();
    expect(await volumes.list()).toEqual([]);
    await volumes.prepare(machine, [overlay], noSecrets);
    expect(await volumes.list()).toEqual([uid]);
    await volumes.remove(uid);
    await volumes.remove(uid);
    expect(await volumes.list()).toEqual([]);
    expect(await claims.locate("default", "tiny")).toBeDefined();
  });

  it("lists a machine without volumes too, since something was begun for it here", async () => {
    expect(await preparer().prepare(machine, [], noSecrets)).toEqual({});
    expect(await preparer().list()).toEqual([uid]);
  });

  it.each<[string, Volume, string, boolean, RegExp]>([
    [
      "a claim that is not there",
      { name: "v", ephemeral: { persistentVolumeClaim: { claimName: "absent" } } },
      "ClaimNotFound",
      true,
      /volume "v": claim "absent" has no image in namespace "default" on this node; import one with: virtctl image import FILE --name absent/,
    ],
    [
      "a claim whose name leads out of the folder",
      { name: "v", persistentVolumeClaim: { claimName: "../../../etc" } },
      "Unsupported",
      false,
      /is not the name of a claim/,
    ],
    [
      "a disk from a registry on a node that pulls none",
      { name: "v", registryDisk: { image: "x" } },
      "Unsupported",
      false,
      /this node pulls no images/,
    ],
    ["no source at all", { name: "v" }, "Unsupported", false, /no source that this node knows/],
    [
      "an empty disk without size",
      { name: "v", emptyDisk: { capacity: "0" } },
      "Unsupported",
      false,
      /capacity of "0"/,
    ],
    ["an empty disk of absurd size", { name: "v", emptyDisk: { capacity: "100Ei" } }, "Unsupported", false, /capacity/],
    [
      "a secret that is not there",
      { name: "v", cloudInitNoCloud: { secretRef: { name: "seed" } } },
      "SecretNotFound",
      true,
      /secret "seed" does not exist; create it with: kubectl create secret generic seed --from-file=userdata=FILE/,
    ],
    [
      "user data that is not base64",
      { name: "v", cloudInitNoCloud: { userDataBase64: "*" } },
      "Unsupported",
      false,
      /user data/,
    ],
    [
      "a volume whose name leads out of the folder",
      { name: "../v", emptyDisk: { capacity: 1 } },
      "Unsupported",
      false,
      /name/,
    ],
  ])("says what is wrong with %s", async (_title, volume, reason, retryable, text) => {
    const attempt = preparer().prepare(machine, [volume], noSecrets);
    await expect(attempt).rejects.toThrow(VolumeError);
    await expect(attempt).rejects.toMatchObject({ volume: volume.name, reason, retryable });
    await expect(attempt).rejects.toThrow(text);
  });

  it("says that a secret lacks the key", async () => {
    const volumes: Volume[] = [{ name: "v", cloudInitNoCloud: { secretRef: { name: "seed" } } }];
    const attempt = preparer().prepare(machine, volumes, async () => ({ userData: Buffer.from("x") }));
    await expect(attempt).rejects.toThrow(/secret "seed" has no key "userdata"/);
  });

  it("calls a full disk a full disk", async () => {
    const stderr = "qemu-img: /x: Could not write: No space left on device";
    fail = new CommandError(`qemu-img ended with status 1: ${stderr}`, { command: "qemu-img", stderr });
    await expect(preparer().prepare(machine, [overlay], noSecrets)).rejects.toMatchObject({ reason: "OutOfSpace" });
  });

  it("passes on what is not the volume's fault", async () => {
    const away = new Error("the API is away");
    const volumes: Volume[] = [{ name: "v", cloudInitNoCloud: { secretRef: { name: "seed" } } }];
    await expect(preparer().prepare(machine, volumes, () => Promise.reject(away))).rejects.toBe(away);
  });

  it.each(["..", "", "a/b", "../../etc", "."])("refuses %j as a machine's uid", async (bad) => {
    await expect(preparer().prepare({ ...machine, uid: bad }, [overlay], noSecrets)).rejects.toThrow(/not the UID/);
    await expect(preparer().remove(bad)).rejects.toThrow(/not the UID/);
  });
});
