/**
 * Kubernetes' Status: what an API server answers instead of an object. Read leniently, since other servers' answers
 * are read too.
 */
import { z } from "zod";
import type { DeepReadonly } from "./deep-readonly";

export const StatusCause = z.looseObject({
  reason: z.string().optional().describe("Type of the fault, such as `FieldValueInvalid`."),
  message: z.string().optional().describe("What is wrong and what would be right."),
  field: z.string().optional().describe("Path of the field at fault."),
});
export type StatusCause = DeepReadonly<z.infer<typeof StatusCause>>;

export const Status = z.looseObject({
  kind: z.literal("Status"),
  apiVersion: z.literal("v1"),
  metadata: z.looseObject({}).optional(),
  status: z.enum(["Success", "Failure"]).optional().describe("Whether the request was done."),
  message: z.string().optional().describe("A sentence for a person."),
  reason: z.string().optional().describe("One word for a program, such as `NotFound` or `Invalid`."),
  code: z.int().optional().describe("The HTTP status code."),
  details: z
    .looseObject({
      name: z.string().optional().describe("Name of the object concerned."),
      group: z.string().optional().describe("API group of the object concerned."),
      kind: z.string().optional().describe("Resource (plural) of the object concerned."),
      uid: z.string().optional().describe("UID of the object concerned."),
      causes: z.array(StatusCause).optional().describe("Each fault by itself."),
      retryAfterSeconds: z.int().optional().describe("How long to wait before asking again, in seconds."),
    })
    .optional()
    .describe("More about the object and the faults."),
});
export type Status = DeepReadonly<z.infer<typeof Status>>;
