/**
 * What is wrong with an object is refused by the API server itself, with its path and without a webhook, whichever way
 * kubectl sends it.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type StructuralSchema, structuralSchema } from "../../../provider/api/structural-schema";
import { kinds } from "../../../provider/api/v1alpha1/kinds";
import { seededFaults } from "../../builders/seeded-faults";
import { type Kubectl, kubectlFor } from "../apiserver/support/kubectl";
import { type ControlPlane, startControlPlane } from "./support/control-plane";
import { installDefinitions } from "./support/definitions";

let controlPlane: ControlPlane;
let kubectl: Kubectl;
const complaints: string[] = [];

beforeAll(async () => {
  controlPlane = await startControlPlane();
  kubectl = kubectlFor(controlPlane.kubeconfig, controlPlane.directory);
  await installDefinitions(kubectl);
});

afterAll(() => controlPlane?.stop());

describe.each([
  ["kubectl apply", []],
  ["kubectl apply --server-side", ["--server-side"]],
])("%s", (_command, flags) => {
  it.each(seededFaults.map((fault) => [fault.name, fault] as const))("refuses %s", async (_name, fault) => {
    const { code, stderr } = await kubectl.feed(fault.object, "apply", ...flags, "-f", "-");
    complaints.push(stderr);
    expect(code).not.toBe(0);
    expect(stderr).toContain(fault.serverField ?? fault.field);
  });
});

it("every rule that crosses fields has refused something, in its own words", () => {
  const messages = new Set(kinds.flatMap(({ schema }) => messagesOf(structuralSchema(schema))));
  const all = complaints.join("\n");
  expect(messages.size).toBeGreaterThan(20);
  expect([...messages].filter((message) => !all.includes(message))).toEqual([]);
});

it("nothing of it was stored", async () => {
  expect(await kubectl.run("get", "kubevirt", "-o", "name")).toBe("");
});

function messagesOf(schema: StructuralSchema): readonly string[] {
  const { items, additionalProperties, properties = {} } = schema;
  const inner = [...Object.values(properties), items, additionalProperties].filter((one) => one !== undefined);
  return [...(schema["x-kubernetes-validations"] ?? []).map(({ message }) => message), ...inner.flatMap(messagesOf)];
}
