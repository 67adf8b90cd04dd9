/** virtctl's manifest commands as a shell runs them: the built program, its two outputs, its exit codes, a pipe. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const virtctl = join(process.cwd(), "dist/bin/virtctl");
const machine = `apiVersion: kubevirt.io/v1alpha1
kind: VirtualMachine
metadata: {name: web, labels: {size: small}}
spec: {domain: {resources: {requests: {memory: 64Mi}}}}
`;
const preset = `apiVersion: kubevirt.io/v1alpha1
kind: VirtualMachinePreset
metadata: {name: m1.small}
spec: {selector: {matchLabels: {size: small}}, domain: {cpu: {cores: 2}}}
`;

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "virtctl-"));
  writeFileSync(join(folder, "a.yaml"), machine);
  writeFileSync(join(folder, "b.yml"), preset);
});

afterAll(() => rmSync(folder, { recursive: true }));

function run(args: readonly string[], input?: string) {
  const { status, stdout, stderr } = spawnSync(virtctl, args, {
    cwd: folder,
    encoding: "utf8",
    ...(input === undefined ? {} : { input }),
  });
  return { status, stdout, stderr };
}

describe("virtctl", () => {
  it("validates a folder, several files, and what a pipe brings", () => {
    const two = { status: 0, stdout: "2 objects, 2 allowed, 0 refused, 0 warnings\n", stderr: "" };
    expect(run(["validate", "-f", "."])).toEqual(two);
    expect(run(["validate", "-f", "a.yaml", "-f", "b.yml"])).toEqual(two);
    expect(run(["validate", "-f", "a.yaml", "b.yml"])).toEqual(two);
    expect(run(["validate", "-f", "-"], `${machine}---\n${preset}`)).toEqual(two);
  });

  it("ends with 1 for what is refused, and with 2 for what cannot be read, a wrong command line too", () => {
    const wrong = machine.replace("memory: 64Mi", "memory: much");
    expect(run(["validate", "-f", "-", "-o", "json"], wrong)).toMatchObject({ status: 1, stderr: "" });
    expect(run(["validate", "-f", "gone.yaml"])).toEqual({
      status: 2,
      stdout: "",
      stderr: "gone.yaml: there is no such file or folder\n",
    });
    for (const args of [["validate"], ["validate", "-f", ".", "-o", "xml"], ["domxml", "-f", ".", "--name", "a/b/c"]]) {
      expect(run(args)).toMatchObject({ status: 2, stdout: "" });
    }
  });

  it("writes a large answer to a pipe to its end", () => {
    const many = Array.from({ length: 1_500 }, (_, index) => machine.replace("web", `vm-${index}`)).join("---\n");
    const { stdout, status } = run(["render", "-f", "-", "-o", "json"], many);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).items).toHaveLength(1_500);
  });

  it("renders what it accepts, and prints a document that libvirt's schema accepts", () => {
    const rendered = run(["render", "-f", "."]);
    expect(rendered.stdout).toContain("cores: 2 # from preset m1.small\n");
    expect(run(["validate", "-f", "-"], rendered.stdout).status).toBe(0);
    const document = run(["domxml", "-f", ".", "--domain-type", "qemu"]);
    expect(document).toMatchObject({ status: 0, stderr: "" });
    const verdict = spawnSync("virt-xml-validate", ["-", "domain"], { input: document.stdout, encoding: "utf8" });
    expect(`${verdict.stdout}${verdict.stderr}`).toContain("validates");
  });

  it.each(["validate", "render", "domxml"])("%s explains itself, its exit codes too", (command) => {
    const { status, stdout } = run([command, "--help"]);
    expect(status).toBe(0);
    expect(stdout).toContain("-f, --filename <path...>");
    expect(stdout).toContain("Exit codes: 0 nothing was refused, 1 something was refused, 2");
  });
});
