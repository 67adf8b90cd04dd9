import { describe, expect, it } from "vitest";
import { validateObject } from "../../../../provider/core/validation";
import { seededFaults } from "../../../builders/seeded-faults";

describe("a seeded fault is found where it is", () => {
  it.each(seededFaults.map((fault) => [fault.name, fault] as const))("%s", (_name, { object, field }) => {
    expect(validateObject(object).errors.map((error) => error.field)).toContain(field);
  });
});
