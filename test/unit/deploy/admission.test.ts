/** The shape of the policies; what they let through is tried on a real API server. */
import { describe, expect, it } from "vitest";
import { controlPlaneManifests } from "../../../provider/deploy";

interface PolicySpec {
  readonly failurePolicy: string;
  readonly matchConstraints: { readonly resourceRules: readonly { resources: string[]; operations: string[] }[] };
  readonly matchConditions: readonly { readonly expression: string }[];
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
  readonly validations: readonly { expression: string; message?: string; messageExpression?: string; reason: string }[];
}

const all = controlPlaneManifests({ image: { registry: "registry.example.com" }, namespace: "virt" }, "1.2.3");
const policies = all
  .filter(({ kind }) => kind === "ValidatingAdmissionPolicy")
  .map(({ metadata, spec }) => [metadata.name, spec as PolicySpec] as const);

describe.each(policies)("the policy %s", (name, spec) => {
  it("refuses what it cannot judge, and is in force", () => {
    expect(spec.failurePolicy).toBe("Fail");
    const binding = all.find(
      ({ kind, metadata }) => kind === "ValidatingAdmissionPolicyBinding" && metadata.name === name,
    );
    expect(binding?.spec).toEqual({ policyName: name, validationActions: ["Deny"] });
  });

  it("judges those whom it concerns only: one comparison is all that others pay", () => {
    expect(spec.matchConditions).toHaveLength(1);
    expect(spec.matchConditions[0]?.expression).toMatch(
      /^request\.userInfo\.username [!=]= 'system:serviceaccount:virt:/,
    );
  });

  it("says why", () => {
    for (const { message, messageExpression, reason } of spec.validations) {
      expect(message ?? messageExpression).toMatch(/./);
      expect(reason).toBe("Forbidden");
    }
  });
});

describe("the policies of agents", () => {
  const ofAgents = policies.filter(([name]) => name.startsWith("kubevirt-agent-"));

  it("cover everything that an agent may write", () => {
    const resources = ofAgents.flatMap(([, { matchConstraints }]) =>
      matchConstraints.resourceRules.flatMap((rule) => rule.resources),
    );
    expect(resources).toEqual(["virtualmachines", "virtualmachines/status", "leases", "events"]);
  });

  it("know the node from the token, and take none without", () => {
    for (const [, { variables, validations }] of ofAgents) {
      expect(variables).toEqual([
        { name: "node", expression: expect.stringContaining("authentication.kubernetes.io/node-name") },
      ]);
      expect(validations[0]?.expression).toBe("variables.node != ''");
    }
  });
});

describe("the policy of launcher pods", () => {
  it("is met by launchers only, whichever way a label can be written", () => {
    const [, spec] = policies.find(([name]) => name === "kubevirt-launcher-pods") ?? [];
    expect(spec?.matchConstraints).toMatchObject({
      objectSelector: { matchLabels: { "kubevirt.io": "virt-launcher" } },
      resourceRules: [{ resources: ["pods", "pods/status", "pods/binding", "bindings"] }],
    });
  });
});
