import { describe, expect, it } from "vitest";
import { ApiError, isConflict } from "../../../provider/kube/errors";

const refusal = (code: number, reason: string, ...fields: readonly string[]) =>
  new ApiError("refused", { code, reason, causes: fields.map((field) => ({ reason: "FieldValueInvalid", field })) });

describe("isConflict", () => {
  it("is true of another version", () => {
    expect(isConflict(refusal(409, "Conflict"))).toBe(true);
  });

  it("is true of a patch that names another object, which is refused as a change of the uid", () => {
    expect(isConflict(refusal(422, "Invalid", "spec.running", "metadata.uid"))).toBe(true);
  });

  it("is false of a name that is taken, and of faults in what was sent", () => {
    expect(isConflict(refusal(409, "AlreadyExists"))).toBe(false);
    expect(isConflict(refusal(422, "Invalid", "metadata.name"))).toBe(false);
  });
});
