import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LauncherPod } from "../../../../provider/agent/pods/launcher";
import { readPodSecret } from "../../../../provider/agent/pods/pod-secrets";
import { buildPod } from "../../../builders/launcher-pod";

const { metadata } = buildPod();
const podWith = (...volumes: readonly object[]) => buildPod({ spec: { volumes } }) as LauncherPod;
const secret = (secretName: string, name = "secret-0") => ({ name, secret: { secretName } });

describe("a secret that the kubelet has brought for a pod", () => {
  let kubelet: string;
  let folder: string;
  beforeEach(() => {
    kubelet = mkdtempSync(join(tmpdir(), "kubelet-"));
    folder = join(kubelet, "pods", metadata.uid ?? "", "volumes/kubernetes.io~secret/secret-0");
  });
  afterEach(() => rmSync(kubelet, { recursive: true }));

  /** As the kubelet does it: the keys are links by one folder, that is exchanged as a whole. */
  function bring(content: Readonly<Record<string, string | Uint8Array>>): void {
    mkdirSync(join(folder, "..2026_01_01"), { recursive: true });
    symlinkSync("..2026_01_01", join(folder, "..data"));
    for (const [key, value] of Object.entries(content)) {
      writeFileSync(join(folder, "..data", key), value);
      symlinkSync(join("..data", key), join(folder, key));
    }
  }
  const read = async (pod: LauncherPod, name: string) => {
    const found = await readPodSecret(pod, name, kubelet);
    return (
      found && Object.fromEntries(Object.entries(found).map(([key, bytes]) => [key, Buffer.from(bytes).toString()]))
    );
  };

  it("is read by its keys", async () => {
    bring({ userdata: "#cloud-config", ".dockerconfigjson": "{}" });
    expect(await read(podWith(secret("init")), "init")).toEqual({
      userdata: "#cloud-config",
      ".dockerconfigjson": "{}",
    });
  });

  it("has every key that a secret can have", async () => {
    bring(
      Object.fromEntries([
        ["__proto__", "a"],
        ["constructor", "b"],
      ]),
    );
    const found = await read(podWith(secret("init")), "init");
    expect(Object.entries(found ?? {})).toEqual([
      ["__proto__", "a"],
      ["constructor", "b"],
    ]);
  });

  it("is none that is empty, or is not there yet", async () => {
    expect(await read(podWith(secret("init")), "init")).toBeUndefined();
    bring({});
    expect(await read(podWith(secret("init")), "init")).toBeUndefined();
  });

  it.each<[string, LauncherPod]>([
    ["of another name", podWith(secret("other"))],
    ["that the pod does not have", podWith()],
    ["of a pod without volumes", buildPod() as LauncherPod],
    ["of a volume of another sort", podWith({ name: "secret-0", persistentVolumeClaim: { claimName: "init" } })],
    ["of a volume that nobody of ours named", podWith(secret("init", "../secret-0"))],
    ["of a pod with no uid", { ...podWith(secret("init")), metadata: { ...metadata, uid: "" } }],
    ["of a pod whose uid leads elsewhere", { ...podWith(secret("init")), metadata: { ...metadata, uid: "../x" } }],
  ])("is none %s", async (_what, pod) => {
    bring({ userdata: "x" });
    expect(await read(pod, "init")).toBeUndefined();
  });

  it("is not read when it is larger than a secret can be", async () => {
    bring({ userdata: new Uint8Array(1024 * 1024 + 1) });
    await expect(read(podWith(secret("init")), "init")).rejects.toThrow("is larger than a secret can be");
  });
});
