import { expect, it } from "vitest";
import { renderFieldError } from "../../../../provider/core/field-error";
import { validateObject } from "../../../../provider/core/validation";
import { faultsOfWaitFor } from "../../../../provider/core/validation/wait-for";
import { buildOfflineVirtualMachine } from "../../../builders/owners";

const asked = (text: string) => ({ annotations: { "pulumi.com/waitFor": text } });

it("faults of waitFor have their place, their value and a remedy, in the object and in its template", () => {
  const object = { metadata: asked("tcp:99999"), spec: { template: { metadata: asked("ready") } } };
  expect(faultsOfWaitFor(object).map(renderFieldError)).toEqual([
    'metadata.annotations["pulumi.com/waitFor"]: "tcp:99999": the port must be a number from 1 to 65535, as in tcp:22',
    expect.stringMatching(/^spec\.template\.metadata\.annotations\["pulumi\.com\/waitFor"\]: "ready": is no condition/),
  ]);
});

it("what is not known yet is no fault, nor is an object without the annotation", () => {
  expect(faultsOfWaitFor({ metadata: asked("unknown") }, (value) => value === "unknown")).toEqual([]);
  expect(faultsOfWaitFor({ metadata: { annotations: "unknown" } })).toEqual([]);
  expect(faultsOfWaitFor({})).toEqual([]);
});

it("an object that a cluster has already is valid whatever it is said to be waited for", () => {
  const ovm = buildOfflineVirtualMachine();
  expect(validateObject({ ...ovm, metadata: { ...ovm.metadata, ...asked("for=delete") } }).errors).toEqual([]);
});
