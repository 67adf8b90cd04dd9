/** The files of examples/gitops: Argo CD's health checks, run by a real Lua interpreter, and what the others point to. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { kinds } from "../../provider/api/v1alpha1/kinds";

const folder = join(process.cwd(), "examples/gitops");
const documents = (file: string): readonly Record<string, unknown>[] =>
  parseAllDocuments(readFileSync(join(folder, file), "utf8"), { version: "1.1" }).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });

const settings = (documents("argocd/argocd-cm.yaml")[0] as { data: Record<string, string> }).data;

/** JSON as Lua writes it. */
function lua(value: unknown): string {
  if (value === null || value === undefined) return "nil";
  if (Array.isArray(value)) return `{${value.map(lua).join(", ")}}`;
  if (typeof value !== "object") return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `[${JSON.stringify(key)}] = ${lua(inner)}`)
    .join(", ")}}`;
}

/** As Argo CD does: `obj` is the object, what comes back has `status` and `message`. */
function health(kind: string, obj: object): { readonly status: string; readonly message: string } {
  const script = settings[`resource.customizations.health.kubevirt.io_${kind}`] ?? "";
  const program = `obj = ${lua(obj)}\nlocal hs = (function()\n${script}\nend)()\nprint(hs.status)\nprint(hs.message)\n`;
  const { stdout, stderr, error } = spawnSync("lua5.3", ["-"], { input: program, encoding: "utf8" });
  if (error !== undefined) throw new Error("lua5.3 cannot be started; `make tools` installs it", { cause: error });
  expect(stderr).toBe("");
  const [status = "", message = ""] = stdout.split("\n");
  return { status, message };
}

const condition = (type: string, status: string, reason = "R", message = "said so") => ({
  type,
  status,
  reason,
  message,
});

describe("Argo CD's health of", () => {
  it("every kind is told", () => {
    expect(Object.keys(settings).sort()).toEqual(
      kinds.map(({ kind }) => `resource.customizations.health.kubevirt.io_${kind}`).sort(),
    );
  });

  it.each([
    ["one that nobody has taken up", undefined, "Progressing"],
    ["one that is being placed", { phase: "Scheduling", conditions: [condition("Ready", "False")] }, "Progressing"],
    ["one that runs", { phase: "Running", conditions: [condition("Ready", "True")] }, "Healthy"],
    ["one whose guest is not ready", { phase: "Running", conditions: [condition("Ready", "False")] }, "Progressing"],
    [
      "one that somebody has paused",
      {
        phase: "Running",
        conditions: [condition("Paused", "True", "Requested"), condition("Ready", "False", "PausedByRequest")],
      },
      "Suspended",
    ],
    [
      "one that has no room on its disk",
      { phase: "Running", conditions: [condition("Paused", "True", "IOError")] },
      "Degraded",
    ],
    [
      "one that cannot be started",
      { phase: "Scheduled", conditions: [condition("Synchronized", "False")] },
      "Degraded",
    ],
    ["one that has ended", { phase: "Succeeded" }, "Healthy"],
    ["one that has failed", { phase: "Failed", conditions: [condition("Ready", "False")] }, "Degraded"],
    ["one on a lost node", { phase: "Unknown", conditions: [condition("Ready", "Unknown")] }, "Unknown"],
  ])("a machine: %s", (_what, status, expected) => {
    expect(health("VirtualMachine", { metadata: {}, spec: {}, status }).status).toBe(expected);
  });

  const metadata = { generation: 2 };
  const seen = { observedGeneration: 2 };
  it.each([
    ["one that nobody has taken up", {}, undefined, "Progressing"],
    ["one whose change nobody has seen", {}, { observedGeneration: 1, ready: true }, "Progressing"],
    ["one that runs", { runStrategy: "Always" }, { ...seen, created: true, ready: true }, "Healthy"],
    ["one that is stopped", { runStrategy: "Halted" }, { ...seen, created: false, ready: false }, "Suspended"],
    ["one that is stopped, in the older spelling", { running: false }, { ...seen, created: false }, "Suspended"],
    ["one that is stopping", { runStrategy: "Halted" }, { ...seen, created: true }, "Progressing"],
    ["one that is paused", {}, { ...seen, conditions: [condition("Ready", "False", "PausedByRequest")] }, "Suspended"],
    ["one that crashes", {}, { ...seen, conditions: [condition("Ready", "False", "CrashLoopBackOff")] }, "Degraded"],
    ["one that cannot be made", {}, { ...seen, conditions: [condition("Failure", "True")] }, "Degraded"],
    [
      "one that starts",
      {},
      { ...seen, created: true, conditions: [condition("Ready", "False", "Starting")] },
      "Progressing",
    ],
  ])("an OfflineVirtualMachine: %s", (_what, spec, status, expected) => {
    expect(health("OfflineVirtualMachine", { metadata, spec, status }).status).toBe(expected);
  });

  it.each([
    ["one of which all run", { replicas: 2 }, { ...seen, replicas: 2, readyReplicas: 2 }, "Healthy"],
    ["one that wants none", { replicas: 0 }, { ...seen, replicas: 0, readyReplicas: 0 }, "Healthy"],
    ["one of which some run", { replicas: 2 }, { ...seen, replicas: 2, readyReplicas: 1 }, "Progressing"],
    ["one that shrinks", { replicas: 1 }, { ...seen, replicas: 2, readyReplicas: 1 }, "Progressing"],
    ["one that is held", { replicas: 2, paused: true }, { ...seen, replicas: 1, readyReplicas: 1 }, "Suspended"],
    ["one that cannot make machines", {}, { ...seen, conditions: [condition("ReplicaFailure", "True")] }, "Degraded"],
  ])("a VirtualMachineReplicaSet: %s", (_what, spec, status, expected) => {
    expect(health("VirtualMachineReplicaSet", { metadata, spec, status }).status).toBe(expected);
  });

  it("a preset, and says why in the conditions' own words", () => {
    expect(health("VirtualMachinePreset", { metadata: {}, spec: {} }).status).toBe("Healthy");
    expect(
      health("VirtualMachine", { metadata: {}, status: { phase: "Failed", conditions: [condition("Ready", "False")] } })
        .message,
    ).toBe("said so");
  });
});

describe("the other samples", () => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".yaml") && !name.includes("node_modules") && !name.startsWith("rendered"),
  );

  it.each(files)("%s is YAML", (file) => {
    expect(documents(file).length).toBeGreaterThan(0);
  });

  it("point to the folder that the program writes", () => {
    const [{ config } = {}] = documents("Pulumi.yaml") as { config: Record<string, unknown> }[];
    expect(config?.["kubevirt:renderTo"]).toBe("rendered");
    expect(readFileSync(join(folder, "argocd/application.yaml"), "utf8")).toContain("path: rendered\n");
    const paths = documents("flux/kustomizations.yaml").flatMap(({ spec }) => (spec as { path?: string }).path ?? []);
    expect(paths).toEqual(["./rendered/presets", "./rendered/machines"]);
  });

  it("name resources that the lifecycle uses, in the role of the operator's account", () => {
    const role = documents("operator/stack.yaml").find(({ kind }) => kind === "Role") as {
      rules: { resources: string[] }[];
    };
    expect([...(role.rules[0]?.resources ?? [])].sort()).toEqual(kinds.map(({ plural }) => plural).sort());
    expect(existsSync(join(folder, "operator/stack.yaml"))).toBe(true);
  });
});
