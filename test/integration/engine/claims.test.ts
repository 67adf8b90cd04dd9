/** Claims that somebody declares with kubectl: an empty disk that is there, grows, keeps what is on it, and goes. */
import { open, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PersistentVolumeClaim } from "../../../provider/agent/claims";
import { ClaimStore } from "../../../provider/agent/volumes";
import { importClaim } from "../../../provider/cmd/virtctl/image-import";
import { coreResources } from "../../../provider/kube/resource";
import { eventually, Lab } from "./support/lab";

const mebibyte = 1024 * 1024;
const address = { namespace: "default", name: "data" };

let lab: Lab;
beforeEach(async () => {
  lab = await Lab.open();
});
afterEach(() => lab.close());

const diskPath = () => join(lab.root, "volumes/claims/default/data/disk.img");

const declare = (spec: object = {}) =>
  lab.client.create<PersistentVolumeClaim>(coreResources.persistentVolumeClaims, {
    metadata: address,
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "8Mi" } }, ...spec },
  });

const bound = (capacity: string) =>
  eventually(`the claim has ${capacity}`, async () => {
    const claim = await lab.client.get<PersistentVolumeClaim>(coreResources.persistentVolumeClaims, address);
    const { phase, capacity: told } = claim.status ?? {};
    return phase === "Bound" && told?.storage === capacity ? claim : undefined;
  });

const ask = (storage: string) =>
  lab.client.mergePatch(coreResources.persistentVolumeClaims, address, {
    spec: { resources: { requests: { storage } } },
  });

describe("a claim without an image", () => {
  test("gets an empty, sparse disk of the size that it asks for, for a machine that waits for it", async () => {
    await lab.startController();
    await lab.startAgent();
    await lab.create("web", { volumes: [{ name: "root", persistentVolumeClaim: { claimName: "data" } }] });
    const declared = await declare();
    const claim = await bound("8Mi");
    expect(claim.spec).toMatchObject({ volumeName: `pvc-${declared.metadata.uid}`, storageClassName: "local" });
    expect(claim.metadata.finalizers).toEqual(["kubernetes.io/pvc-protection"]);
    const { size, blocks, mode } = await stat(diskPath());
    expect([size, blocks, mode & 0o777]).toEqual([8 * mebibyte, 0, 0o600]);
    await lab.phase("web", "Running");
    expect((await lab.events(declared.metadata.uid)).map(({ reason }) => reason)).toEqual(["ProvisioningSucceeded"]);
  });

  test("is left alone by the next agent, and grows with what is on it, never the other way", async () => {
    const agent = await lab.startAgent();
    await declare();
    const before = await bound("8Mi");
    const disk = await open(diskPath(), "r+");
    await disk.write(Buffer.from("kept"), 0, 4, 4096);
    await disk.close();
    await lab.stop(agent);
    await ask("16Mi");
    await lab.startAgent();
    const after = await bound("16Mi");
    expect(after.metadata.uid).toBe(before.metadata.uid);
    const grown = await open(diskPath());
    const { buffer } = await grown.read(Buffer.alloc(4), 0, 4, 4096);
    await grown.close();
    expect(buffer.toString()).toBe("kept");
    await expect(ask("1Mi")).rejects.toThrow("a disk does not shrink");
    await ask("24Mi");
    await bound("24Mi");
    expect((await stat(diskPath())).size).toBe(24 * mebibyte);
  });

  test("takes its disk along when it goes, and the next of its name begins empty", async () => {
    await lab.startAgent();
    await declare();
    await bound("8Mi");
    await lab.client.delete(coreResources.persistentVolumeClaims, address);
    await eventually("its folder is gone", async () =>
      (await readdir(join(lab.root, "volumes/claims/default"))).includes("data") ? undefined : true,
    );
    await eventually("the claim is gone", async () =>
      (await lab.client.find(coreResources.persistentVolumeClaims, address)) === undefined ? true : undefined,
    );
    await declare({ resources: { requests: { storage: "4Mi" } } });
    await bound("4Mi");
  });

  test("that asks for what a disk is not says what would be right, and gets one when it is declared anew", async () => {
    await lab.startAgent();
    const { metadata } = await declare({ resources: { requests: { storage: "1Ei" } } });
    await eventually("the reason", async () => {
      const [event] = await lab.events(metadata.uid);
      return event?.reason === "ProvisioningFailed" && event.message.includes("must be more than 0 and at most")
        ? true
        : undefined;
    });
    await lab.client.delete(coreResources.persistentVolumeClaims, address);
    await eventually("the claim is gone", async () =>
      (await lab.client.find(coreResources.persistentVolumeClaims, address)) === undefined ? true : undefined,
    );
    await declare();
    await bound("8Mi");
  });

  test("that is imported is bound to what was imported, and asks for the size of that", async () => {
    await lab.startAgent();
    const file = join(lab.root, "image.raw");
    await writeFile(file, Buffer.alloc(3 * mebibyte, "x"));
    const store = new ClaimStore({ root: join(lab.root, "volumes") });
    expect(await importClaim(lab.client, store, { file, claim: "data", namespace: "default" })).toBe(3 * mebibyte);
    const { spec } = await bound("3Mi");
    expect(spec).toMatchObject({ volumeName: "default-data", resources: { requests: { storage: "3Mi" } } });
    expect((await stat(diskPath())).size).toBe(3 * mebibyte);
  });

  test("gets no empty disk in place of one that is lost", async () => {
    const agent = await lab.startAgent();
    await declare();
    await bound("8Mi");
    await lab.stop(agent);
    await rm(join(lab.root, "volumes/claims/default/data"), { recursive: true });
    await lab.startAgent();
    await lab.startController();
    await lab.create("web", { volumes: [{ name: "root", persistentVolumeClaim: { claimName: "data" } }] });
    await eventually("the machine says why it waits", async () => {
      const vm = await lab.get("web");
      return vm?.status?.conditions?.some(({ reason }) => reason === "ClaimNotFound") ? true : undefined;
    });
    await expect(stat(diskPath())).rejects.toThrow(/ENOENT/);
  });
});
