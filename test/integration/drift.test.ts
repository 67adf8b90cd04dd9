/** `virtctl drift` as a shell runs it, against a real Kubernetes API server. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Kubectl, kubectlFor } from "./apiserver/support/kubectl";
import { type ControlPlane, startControlPlane } from "./kubernetes/support/control-plane";
import { installDefinitions } from "./kubernetes/support/definitions";

const virtctl = join(process.cwd(), "dist/bin/virtctl");
const manifest = `apiVersion: kubevirt.io/v1alpha1
kind: VirtualMachine
metadata: {name: web, labels: {size: small}}
spec: {domain: {cpu: {cores: 1}}, volumes: [{name: seed, cloudInitNoCloud: {userData: hush}}]}
---
apiVersion: kubevirt.io/v1alpha1
kind: VirtualMachinePreset
metadata: {name: m1.small}
spec: {selector: {matchLabels: {size: small}}, domain: {resources: {requests: {memory: 64Mi}}}}
`;

let control: ControlPlane;
let kubectl: Kubectl;

beforeAll(async () => {
  control = await startControlPlane();
  kubectl = kubectlFor(control.kubeconfig, control.directory);
  await installDefinitions(kubectl);
  writeFileSync(join(control.directory, "m.yaml"), manifest);
});
afterAll(() => control?.stop());

function drift(args: readonly string[], input?: string) {
  const all = ["drift", "--kubeconfig", control.kubeconfig, ...args];
  const { status, stdout, stderr } = spawnSync(virtctl, all, {
    cwd: control.directory,
    encoding: "utf8",
    ...(input === undefined ? {} : { input }),
  });
  return { status, stdout, stderr };
}

describe("virtctl drift", () => {
  it("ends with 2 for what is missing, and with 0 once it is there as it should be", async () => {
    expect(drift(["-f", "m.yaml"])).toMatchObject({ status: 2, stdout: expect.stringContaining("- 2 missing") });
    const rendered = spawnSync(virtctl, ["render", "-f", "m.yaml"], {
      cwd: control.directory,
      encoding: "utf8",
    }).stdout;
    expect((await kubectl.feed(rendered, "apply", "-f", "-")).code).toBe(0);
    expect(drift(["-f", "m.yaml"])).toEqual({ status: 0, stdout: "Resources:\n    2 unchanged\n", stderr: "" });
    expect(drift(["-f", "-"], rendered).status).toBe(0);
  });

  it("prints per path what somebody has changed, in the form that is asked for, and no user data", async () => {
    const patch = {
      spec: {
        domain: { cpu: { cores: 4 } },
        nodeSelector: { zone: "a" },
        volumes: [{ name: "seed", cloudInitNoCloud: { userData: "other" } }],
      },
    };
    await kubectl.run("patch", "vm", "web", "--type=merge", "-p", JSON.stringify(patch));
    const { status, stdout } = drift(["-f", "m.yaml"]);
    expect(status).toBe(2);
    expect(stdout).toContain("    ~ spec.domain.cpu.cores: 1 => 4\n");
    expect(stdout).toContain('    + spec.nodeSelector.zone: "a"\n');
    expect(stdout).toContain('userData: "[secret]" => "[secret]"');
    expect(stdout).not.toMatch(/hush|other/);
    expect(JSON.parse(drift(["-f", "m.yaml", "-o", "json"]).stdout)).toMatchObject({ drifted: 1 });
    expect(drift(["-f", "m.yaml", "-o", "markdown"]).stdout).toContain("## Drift: 1 of 2 objects");
  });

  it("compares with a stack's state", () => {
    const inputs = { metadata: { name: "web", namespace: "default" }, spec: { domain: { cpu: { cores: 1 } } } };
    const resources = [{ type: "pulumi-nodejs:dynamic/kubevirt:VirtualMachine", inputs }];
    const { status, stdout } = drift(["--state", "-"], JSON.stringify({ deployment: { resources } }));
    expect(status).toBe(2);
    expect(stdout).toContain("~ spec.domain.cpu.cores: 1 => 4");
  });

  it.each([
    [["-f", "gone.yaml"], /no such file/],
    [[], /Give either --filename MANIFESTS or --state FILE/],
    [["--state", "m.yaml"], /is no JSON/],
    [["-f", "m.yaml", "-o", "xml"], /Allowed choices are text, json, markdown/],
    [["-f", "m.yaml", "--kubeconfig", "/gone"], /kubeconfig/],
  ])("ends with 1 when nothing can be found out: %j", (args, message) => {
    const { status, stdout, stderr } = drift(args);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(message);
  });
});
