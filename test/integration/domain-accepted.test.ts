/**
 * libvirt's own schema accepts every document that the conversion makes of the recorded machines. Needs xmllint and
 * libvirt's schemas (Debian: libxml2-utils, libvirt0).
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { printDomain } from "../../provider/core/convert";
import { convertRecorded } from "../golden/compare-domain";
import { DomainCase, recordedCases } from "../golden/recorded";

const schema = "/usr/share/libvirt/schemas/domain.rng";
const folder = mkdtempSync(join(tmpdir(), "pulumi-kubevirt-domains-"));

afterAll(() => rmSync(folder, { recursive: true }));

/** xmllint's answer: its exit code says whether every document is valid. */
function validate(files: readonly string[]): { readonly status: number | null; readonly text: string } {
  const { status, stderr, error } = spawnSync("xmllint", ["--noout", "--relaxng", schema, ...files], {
    encoding: "utf8",
  });
  if (error !== undefined) throw new Error("xmllint cannot be run; `make tools` installs it", { cause: error });
  return {
    status,
    text: stderr
      .split("\n")
      .filter((line) => !line.endsWith(" validates"))
      .join("\n"),
  };
}

describe("libvirt's schema", () => {
  it("accepts every document made of a recorded machine", () => {
    const files = recordedCases("domain.jsonl", DomainCase).flatMap((recorded) => {
      const conversion = convertRecorded(recorded);
      if (!conversion.ok) return [];
      const file = join(folder, `${recorded.id}.xml`);
      writeFileSync(file, printDomain(conversion.domain));
      return [file];
    });
    expect(files.length).toBeGreaterThan(100);
    expect(validate(files)).toEqual({ status: 0, text: "" });
  });

  it("would notice a fault", () => {
    const file = join(folder, "bad.xml");
    writeFileSync(file, "<domain type='qemu'><name>x</name><wrong/></domain>");
    expect(validate([file]).status).not.toBe(0);
  });
});
