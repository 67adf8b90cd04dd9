import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { plan } from "../../../../provider/cmd/virtctl/plan";
import { PreviewFormatError, readPreview } from "../../../../provider/cmd/virtctl/plan/preview";
import { summaryOf } from "../../../../provider/cmd/virtctl/plan/summary";

interface StepOptions {
  readonly kind?: string;
  readonly op?: string;
  readonly name?: string;
  readonly before?: object;
  readonly after?: object;
  readonly annotations?: object;
  readonly more?: object;
}

const provenance = (settings: object) => ({
  "presets.virtualmachines.kubevirt.io/provenance": JSON.stringify(settings),
});

/** A step as the engine prints it. */
function step({
  kind = "VirtualMachine",
  op = "update",
  name = "web",
  before,
  after,
  annotations = {},
  more = {},
}: StepOptions) {
  const type = `pulumi-nodejs:dynamic/kubevirt:${kind}`;
  const state = (spec: object) => {
    const inputs = { __provider: "x", metadata: { name, namespace: "default", annotations }, spec };
    return { type, urn: `urn:${name}`, inputs, outputs: { ...inputs, metadata: { ...inputs.metadata, uid: "u" } } };
  };
  return {
    op,
    urn: `urn:pulumi:test::shop::${type}::${name}`,
    ...(before === undefined ? {} : { oldState: state(before) }),
    ...(after === undefined ? {} : { newState: state(after) }),
    detailedDiff: null,
    ...more,
  };
}
const memory = (size: string) => ({ domain: { resources: { requests: { memory: size } } } });
const template = (spec: object, annotations: object = {}) => ({ template: { metadata: { annotations }, spec } });
const textOf = (steps: readonly object[], more: object = {}) => JSON.stringify({ steps, ...more });
const summary = (...steps: readonly object[]) => summaryOf(readPreview(textOf(steps)));

const fromPreset = provenance({ "spec.domain.resources.requests.memory": "m1.small" });

describe("virtctl plan", () => {
  it("names every machine that a change of memory in a preset touches, and how", () => {
    const [old, now] = [memory("128Mi"), memory("256Mi")];
    const text = summary(
      step({
        kind: "VirtualMachinePreset",
        name: "m1.small",
        before: { selector: {}, ...old },
        after: { selector: {}, ...now },
      }),
      step({
        op: "replace",
        before: { ...old, terminationGracePeriodSeconds: 5 },
        after: { ...now, terminationGracePeriodSeconds: 5 },
        annotations: fromPreset,
      }),
      step({
        kind: "OfflineVirtualMachine",
        name: "db",
        before: { runStrategy: "Always", ...template(old, fromPreset) },
        after: { runStrategy: "Always", ...template(now, fromPreset) },
      }),
      step({
        kind: "VirtualMachineReplicaSet",
        name: "farm",
        before: { replicas: 3, ...template(old, fromPreset) },
        after: { replicas: 3, ...template(now, fromPreset) },
      }),
      step({ op: "same", name: "own", before: memory("64Mi"), after: memory("64Mi") }),
    );
    expect(
      text,
    ).toBe(`## Virtual machines: 1 replaced, 1 changed at the next start, 1 changed for machines made from now on, 1 preset changed

| machine | what happens | its guest |
| --- | --- | --- |
| VirtualMachine \`default/web\` | replaced | down: shuts down within 5 s (its terminationGracePeriodSeconds); from then on until the new one has booted, which nobody can know here |
| OfflineVirtualMachine \`default/db\` | changed at the next start | not touched; keeps what it has until it is next started (virtctl restart) |
| VirtualMachineReplicaSet \`default/farm\` | changed for machines made from now on | those that run are not touched |

### VirtualMachinePreset \`default/m1.small\`: changed

- \`spec.domain.resources.requests.memory\`: \`128Mi\` → \`256Mi\`
- VirtualMachine \`default/web\` is replaced: \`spec.domain.resources.requests.memory\`: \`128Mi\` → \`256Mi\`
- OfflineVirtualMachine \`default/db\` is changed at the next start: \`spec.template.spec.domain.resources.requests.memory\`: \`128Mi\` → \`256Mi\`
- VirtualMachineReplicaSet \`default/farm\` is changed for machines made from now on: \`spec.template.spec.domain.resources.requests.memory\`: \`128Mi\` → \`256Mi\`

### VirtualMachine \`default/web\`: replaced

- \`spec.domain.resources.requests.memory\`: \`128Mi\` → \`256Mi\`, by preset \`m1.small\`: replaces it

### OfflineVirtualMachine \`default/db\`: changed at the next start

- \`spec.template.spec.domain.resources.requests.memory\`: \`128Mi\` → \`256Mi\`, by preset \`m1.small\`: at the next start

### VirtualMachineReplicaSet \`default/farm\`: changed for machines made from now on

- \`spec.template.spec.domain.resources.requests.memory\`: \`128Mi\` → \`256Mi\`, by preset \`m1.small\`: for machines made from now on
`);
  });

  it.each([
    [{ op: "create", after: {} }, "created | new"],
    [{ op: "delete", before: { terminationGracePeriodSeconds: 0 } }, "deleted | ended: is switched off at once"],
    [{ op: "delete", before: {} }, "deleted | ended: shuts down within 30 s (the default)"],
    [{ op: "delete", before: { terminationGracePeriodSeconds: "[secret]" } }, "in a time that is not shown here"],
    [{ op: "import", after: {} }, "taken into the stack | not touched"],
    [{ kind: "OfflineVirtualMachine", op: "create", after: { runStrategy: "Halted" } }, "created | none is started"],
    [
      { kind: "OfflineVirtualMachine", before: { runStrategy: "Always" }, after: { runStrategy: "Halted" } },
      "changed live | ended: shuts down",
    ],
    [{ kind: "OfflineVirtualMachine", before: { running: false }, after: { running: true } }, "changed live | started"],
    [
      { kind: "VirtualMachineReplicaSet", before: { replicas: 2 }, after: { replicas: 5 } },
      "changed live | 3 more; those that run are not touched",
    ],
    [
      { kind: "VirtualMachineReplicaSet", before: { replicas: 5 }, after: { replicas: 2 } },
      "changed live | 3 of 5 ended: each shuts down",
    ],
    [
      { kind: "VirtualMachineReplicaSet", op: "replace", before: {}, after: {} },
      "replaced | all down: each shuts down",
    ],
  ] as const)("says of %j: %s", (options, words) => {
    expect(summary(step(options))).toContain(words);
  });

  it("puts the steps of one replacement together, and knows the plugin's types", () => {
    const one = step({ op: "create-replacement", before: memory("1Gi"), after: memory("2Gi") });
    const plugin = JSON.parse(
      textOf([one, { ...step({ op: "delete-replaced", before: memory("1Gi") }), urn: one.urn }]).replaceAll(
        "pulumi-nodejs:dynamic/kubevirt:",
        "kubevirt:index:",
      ),
    );
    const text = summaryOf(readPreview(JSON.stringify(plugin)));
    expect(text).toContain("## Virtual machines: 1 replaced\n");
    expect(text).toContain("`1Gi` → `2Gi`: replaces it");
  });

  it("keeps secrets as they are, and says that it cannot see into them", () => {
    const spec = { volumes: "[secret]" };
    const hidden = summary(step({ op: "replace", before: spec, after: spec }));
    expect(hidden).toContain("- Secret, so that a change in it is not seen here: `spec.volumes`");
    const more = { detailedDiff: { "spec.volumes[0].cloudInitNoCloud.userData": { kind: "update-replace" } } };
    const said = summary(step({ op: "replace", before: spec, after: spec, more }));
    expect(said).toContain("- `spec.volumes` (a secret) changes: replaces it");
  });

  it("says when somebody has asked for a replacement that no field makes", () => {
    const text = summary(step({ op: "replace", before: memory("1Gi"), after: memory("1Gi") }));
    expect(text).toContain("It is replaced because the program or the command line asks for it");
  });

  it("lets no text become markup, break a table, or hide its direction", () => {
    const hostile = "a|b`c``d\n# e <img src=x> @team \u202e[x](y)";
    const text = summary(
      step({ name: hostile, op: "create", after: {} }),
      step({
        name: "n",
        before: { nodeSelector: { [hostile]: "1" } },
        after: { nodeSelector: { [hostile]: hostile } },
      }),
    );
    expect(text).not.toContain("\n# e");
    expect(text).not.toContain("\u202e");
    const row = text.split("\n").find((line) => line.includes("created |")) ?? "";
    expect(row).toBe(
      "| VirtualMachine ```default/a\\|b`c``d\\u000a# e <img src=x> @team \\u202e[x](y)``` | created | new |",
    );
  });

  it("says where a stack writes files, counts what is no machine, and what there is none of", () => {
    const rendered = step({ op: "create", after: {} });
    const inputs = { ...(rendered.newState as { inputs: object }).inputs, renderTo: "out" };
    const text = summary(
      { ...rendered, newState: { ...rendered.newState, inputs } },
      { op: "create", urn: "u", newState: { type: "random:x" } },
    );
    expect(text).toContain("The stack writes files to `out`; what is said here comes about when they are applied.");
    expect(text).toContain("Besides, 1 resource of other kinds change");
    expect(summary()).toBe("## Virtual machines: no changes\n");
  });

  it.each([
    ["", /no JSON .*pulumi preview --json/],
    ["[]", /no list "steps"/],
    ['{"steps": 1}', /no list "steps"/],
    ['{"steps": [{"op": "create"}]}', /steps\[0\]: a step has "op" and "urn"/],
    ['{"steps": [null]}', /steps\[0\]/],
  ])("refuses %j", (text, message) => {
    expect(() => readPreview(text)).toThrow(PreviewFormatError);
    expect(() => readPreview(text)).toThrow(message);
  });
});

describe("its exit code", () => {
  const folder = mkdtempSync(join(tmpdir(), "plan-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const answer = (text: string) => {
    const file = join(folder, "preview.json");
    writeFileSync(file, text);
    return plan(file);
  };

  it("is 0 for the preview of a fleet, which is larger than a manifest may be", () => {
    expect(answer(`${textOf([])}${" ".repeat(5 * 1024 * 1024)}`)).toMatchObject({ exitCode: 0 });
  });

  it("is 0 with a summary, 1 when the preview failed, 2 when there is none", () => {
    expect(answer(textOf([]))).toMatchObject({ exitCode: 0, stderr: "" });
    const failed = answer(textOf([], { diagnostics: [{ severity: "error", message: "spec.domain: `x`\n" }] }));
    expect(failed).toMatchObject({ exitCode: 1 });
    expect(failed.stdout).toContain("**The preview failed**");
    expect(failed.stdout).toContain("- `` spec.domain: `x` ``");
    expect(answer("{")).toMatchObject({ exitCode: 2, stdout: "" });
    expect(plan(join(folder, "gone"))).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("no such file") });
  });
});
