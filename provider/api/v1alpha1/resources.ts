/** What the machine asks of its node. */
import { z } from "zod";
import type { DeepReadonly } from "../deep-readonly";
import { type CrossFieldRule, celText, withHints } from "../kubernetes-hints";
import { Quantity } from "../quantity";

/** Kinds of resource that one list may name. */
export const mostResources = 64;

export const ResourceList = withHints(z.record(z.string(), Quantity), {
  implied: { maxProperties: mostResources },
  rules: [
    {
      rule: "self.all(key, !quantity(string(self[key])).isLessThan(quantity('0')))",
      message: "no amount may be negative",
    },
  ],
});
export type ResourceList = DeepReadonly<z.infer<typeof ResourceList>>;

/** An API server caps what it reads at 8Ei, so more than that is no less either. */
function someMemory(list: "requests" | "limits"): CrossFieldRule {
  const memory = `quantity(string(self.${list}['memory']))`;
  return {
    rule: `!has(self.${list}) || !('memory' in self.${list}) || (${memory}.isGreaterThan(quantity('0')) && ${memory}.isLessThan(quantity('8Ei')))`,
    message: "memory must be more than 0 and less than 8Ei, such as 512Mi",
    fieldPath: `.${list}.memory`,
  };
}

const exceeds = (key: string) =>
  `quantity(string(self.requests[${key}])).isGreaterThan(quantity(string(self.limits[${key}])))`;

/** For the resources that everybody knows, the message can say by how much. */
function requestWithinLimit(name: "cpu" | "memory"): CrossFieldRule {
  const key = celText(name);
  const message = `the request of ${name} must be at most its limit`;
  const both = `has(self.requests) && has(self.limits) && ${key} in self.requests && ${key} in self.limits`;
  return {
    rule: `!(${both} && ${exceeds(key)})`,
    message,
    messageExpression: `${celText(`${message}: `)} + string(self.requests[${key}]) + ' is more than ' + string(self.limits[${key}])`,
    fieldPath: `.requests.${name}`,
  };
}

export const Resources = withHints(
  z.strictObject({
    requests: ResourceList.optional().describe(
      "What is set aside: `memory` in bytes (the guest's memory, more than 0) and `cpu` in cores, for scheduling. Each is a quantity such as `512Mi`, `64M` or `500m`. Default: the memory limit when there is one, else 512Mi of memory.",
    ),
    limits: ResourceList.optional().describe(
      "What the guest may use at most, enforced by the kernel: `memory` in bytes (what the emulator itself needs comes on top), `cpu` in cores; no less than the request. Default: no limit.",
    ),
  }),
  {
    rules: [
      someMemory("requests"),
      someMemory("limits"),
      requestWithinLimit("memory"),
      requestWithinLimit("cpu"),
      {
        rule: `!has(self.requests) || !has(self.limits) || self.requests.all(key, key in ['cpu', 'memory'] || !(key in self.limits) || !${exceeds("key")})`,
        message: "no request may be more than its limit",
        fieldPath: ".requests",
      },
    ],
  },
);
export type Resources = DeepReadonly<z.infer<typeof Resources>>;
