import { X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { writeKubeconfig } from "../../../provider/apiserver/kubeconfig";
import { createServerTls } from "../../../provider/apiserver/tls";

describe("the server's certificate", () => {
  it("is signed by its authority for this machine's names, for ten years", async () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    const { ca, cert } = await createServerTls({ now: () => now });
    const authority = new X509Certificate(ca);
    const certificate = new X509Certificate(cert);
    expect(authority.ca).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(certificate.checkHost("localhost")).toBe("localhost");
    expect(certificate.checkHost("other")).toBeUndefined();
    expect(certificate.validFromDate.getTime()).toBeLessThan(now);
    expect(certificate.validToDate.getUTCFullYear()).toBe(2035);
  });
});

describe("the kubeconfig", () => {
  it("replaces an older one at once, for its owner alone", async () => {
    const directory = mkdtempSync(join(tmpdir(), "kubeconfig-"));
    try {
      const path = join(directory, "kubeconfig");
      writeFileSync(path, "old", { mode: 0o644 });
      await writeKubeconfig(path, { server: "https://127.0.0.1:1", ca: "PEM", token: "secret" });
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(readdirSync(directory)).toEqual(["kubeconfig"]);
      expect(parse(readFileSync(path, "utf8"))).toMatchObject({
        "current-context": "kubevirt-local",
        clusters: [{ cluster: { server: "https://127.0.0.1:1", "certificate-authority-data": "UEVN" } }],
        users: [{ user: { token: "secret" } }],
        contexts: [{ name: "kubevirt-local", context: { namespace: "default" } }],
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("leaves nothing behind when it cannot be written", async () => {
    const directory = mkdtempSync(join(tmpdir(), "kubeconfig-"));
    try {
      const options = { server: "https://127.0.0.1:1", ca: "PEM", token: "secret" };
      await expect(writeKubeconfig(join(directory, "no", "such"), options)).rejects.toThrow();
      expect(readdirSync(directory)).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
