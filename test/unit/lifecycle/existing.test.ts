import { describe, expect, test } from "vitest";
import { adoptAnnotation, judgeExisting } from "../../../provider/lifecycle/existing";
import type { Fields } from "../../../provider/lifecycle/inputs";
import { urnAnnotation } from "../../../provider/lifecycle/inputs";
import type { LiveObject } from "../../../provider/lifecycle/outputs";

const urn = "urn:pulumi:dev::shop::kubevirt:index:VirtualMachine::web";
const domain = { resources: { requests: { memory: "64Mi" } } };

const inputs = ({ adopt = "", spec = { domain } }: { adopt?: string; spec?: unknown } = {}): Fields => ({
  metadata: {
    name: "web",
    namespace: "default",
    annotations: { [urnAnnotation]: urn, ...(adopt === "" ? {} : { [adoptAnnotation]: adopt }) },
  },
  spec,
});
const there = (changes: { metadata?: object; spec?: unknown; phase?: "Running" | "Succeeded" } = {}): LiveObject => ({
  metadata: { name: "web", namespace: "default", uid: "1", ...changes.metadata },
  spec: changes.spec ?? { domain },
  status: { phase: changes.phase ?? "Running" },
});
const own = { annotations: { [urnAnnotation]: urn } };
const deleting = { deletionTimestamp: "2026-01-01T00:00:00Z" };
const managed = {
  ownerReferences: [{ apiVersion: "v1", kind: "OfflineVirtualMachine", name: "db", uid: "2", controller: true }],
};
const reasonOf = (verdict: ReturnType<typeof judgeExisting>) =>
  verdict.kind === "refuse" ? verdict.reason : verdict.kind;

describe("an object of an interrupted run", () => {
  test.each([
    ["that is as it should be is taken up", there({ metadata: own }), "resume"],
    [
      "that controllers added to is taken up",
      there({ metadata: own, spec: { domain: { ...domain, cpu: { cores: 1 } } } }),
      "resume",
    ],
    ["that has ended goes first", there({ metadata: own, phase: "Succeeded" }), "remove"],
    ["that is being removed goes first", there({ metadata: { ...own, ...deleting } }), "remove"],
    ["that has another spec goes first", there({ metadata: own, spec: { domain: {} } }), "remove"],
  ])("%s", (_what, existing, kind) => {
    expect(judgeExisting("VirtualMachine", existing, inputs())).toEqual({ kind });
  });

  test("needs no word of the program, and heeds none", () => {
    expect(judgeExisting("VirtualMachine", there({ metadata: own }), inputs({ adopt: "true" }))).toEqual({
      kind: "resume",
    });
  });
});

describe("an object of somebody else", () => {
  test.each(["", "false", "yes"])("is refused, with what to do, where the program says %j", (adopt) => {
    const reason = reasonOf(judgeExisting("VirtualMachine", there(), inputs({ adopt })));
    expect(reason).toMatch(/^exists already and was not made by this resource; .*kubevirt\.io\/adopt: "true"$/);
  });

  test("is taken over where the program says so, whatever controllers and others added to it", () => {
    const existing = there({ spec: { domain: { ...domain, cpu: { cores: 2 } }, nodeSelector: { a: "b" } } });
    expect(judgeExisting("VirtualMachine", existing, inputs({ adopt: "true" }))).toEqual({ kind: "adopt" });
  });

  test("of another stack is taken over as well", () => {
    const existing = there({ metadata: { annotations: { [urnAnnotation]: `${urn}-of-another` } } });
    expect(judgeExisting("VirtualMachine", existing, inputs({ adopt: "true" }))).toEqual({ kind: "adopt" });
  });

  test("is refused with the paths in which it differs, since a machine is never made anew unasked", () => {
    const disks = Array.from({ length: 7 }, (_, index) => ({ name: `d${index}` }));
    const spec = { domain: { resources: { requests: { memory: "128Mi" } }, devices: { disks } } };
    const live = { domain: { ...domain, devices: { disks: disks.map(({ name }) => ({ name: `${name}x` })) } } };
    const reason = reasonOf(judgeExisting("VirtualMachine", there({ spec: live }), inputs({ adopt: "true", spec })));
    expect(reason).toContain("spec.domain.resources.requests.memory, spec.domain.devices.disks[0].name");
    expect(reason).toContain("and 3 more");
  });

  test("is taken over with another template where that changes in place", () => {
    const spec = { running: true, template: { spec: { domain } } };
    const existing = there({ spec: { running: false, template: { spec: { domain: {} } } } });
    expect(judgeExisting("OfflineVirtualMachine", existing, inputs({ adopt: "true", spec }))).toEqual({
      kind: "adopt",
    });
  });

  test("that selects other machines is refused", () => {
    const spec = { replicas: 1, selector: { matchLabels: { app: "a" } } };
    const existing = there({ spec: { replicas: 1, selector: { matchLabels: { app: "b" } } } });
    const reason = reasonOf(judgeExisting("VirtualMachineReplicaSet", existing, inputs({ adopt: "true", spec })));
    expect(reason).toContain("spec.selector.matchLabels.app");
  });

  test.each([
    ["is managed", managed, "OfflineVirtualMachine db manages it"],
    ["is being removed", deleting, "it is being removed"],
  ])("that %s is refused even so", (_what, metadata, words) => {
    expect(reasonOf(judgeExisting("VirtualMachine", there({ metadata }), inputs({ adopt: "true" })))).toContain(words);
  });
});
