import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KubeconfigError } from "../../../provider/kube/errors";
import { inClusterConnection } from "../../../provider/kube/in-cluster";

let accountFolder: string;
const give = (file: string, text: string) => writeFileSync(join(accountFolder, file), text);

beforeEach(() => {
  accountFolder = mkdtempSync(join(tmpdir(), "account-"));
  give("token", "first\n");
  give("ca.crt", "");
  give("namespace", "kubevirt");
});
afterEach(() => rmSync(accountFolder, { recursive: true }));

const env = { KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "6443" };
const tokenOf = async (connection: Awaited<ReturnType<typeof inClusterConnection>>) =>
  (await connection.credentials()).headers.authorization;

describe("the connection of a program in a pod", () => {
  it.each([
    [env, "https://10.96.0.1:6443"],
    [{ KUBERNETES_SERVICE_HOST: "10.96.0.1" }, "https://10.96.0.1:443"],
    [{ ...env, KUBERNETES_SERVICE_HOST: "fd00::1" }, "https://[fd00::1]:6443"],
    [{ ...env, KUBERNETES_SERVICE_HOST: "kubernetes.default" }, "https://kubernetes.default:6443"],
  ])("goes where the kubelet says", async (where, server) => {
    const connection = await inClusterConnection({ env: where, accountFolder });
    expect(connection).toMatchObject({ server, namespace: "kubevirt", context: "in-cluster" });
    connection.close();
  });

  it("shows the token that is there now: one that was renewed is used within a minute", async () => {
    let ticks = 0;
    const connection = await inClusterConnection({ env, accountFolder, ticks: () => ticks });
    expect(await tokenOf(connection)).toBe("Bearer first");
    give("token", "second");
    ticks = 60_000;
    expect(await tokenOf(connection)).toBe("Bearer first");
    ticks = 60_001;
    expect(await tokenOf(connection)).toBe("Bearer second");
    give("token", "third");
    ticks += 60_001;
    expect(await Promise.all([tokenOf(connection), tokenOf(connection)])).toEqual(["Bearer third", "Bearer third"]);
    connection.close();
  });

  it("goes on with the token that it has when the file cannot be read for a moment", async () => {
    let ticks = 0;
    const connection = await inClusterConnection({ env, accountFolder, ticks: () => ticks });
    rmSync(join(accountFolder, "token"));
    ticks = 120_000;
    expect(await tokenOf(connection)).toBe("Bearer first");
    give("token", "second");
    expect(await tokenOf(connection)).toBe("Bearer second");
    connection.close();
  });

  it.each(["token", "ca.crt", "namespace"])("is none without %s, and says what to look at", async (file) => {
    rmSync(join(accountFolder, file));
    const connection = inClusterConnection({ env, accountFolder });
    await expect(connection).rejects.toThrow(KubeconfigError);
    await expect(connection).rejects.toThrow(`${file} cannot be read: the pod has no service account token`);
  });

  it.each([{}, { KUBERNETES_SERVICE_HOST: "" }])("is none outside of a pod", async (where) => {
    const connection = inClusterConnection({ env: where, accountFolder });
    await expect(connection).rejects.toThrow("KUBERNETES_SERVICE_HOST is not set: this program runs in a pod");
  });
});
