/** The names of resources to which a program gives none, as the stack's configuration wants them. */
import * as pulumi from "@pulumi/pulumi";
import { nameByRules } from "../../provider/lifecycle/naming-rules";

/** Undefined where the stack's configuration (`pulumi:autonaming`) lets no names be made up: the check refuses that. */
export function nameFor(kind: string, name: string, urn: string): string | undefined {
  const rules: unknown = new pulumi.Config("pulumi").getObject("autonaming");
  return nameByRules(
    rules,
    { kind, name, urn },
    {
      // Only where a pattern speaks of it: a program that is tested with mocks may have none.
      get organization() {
        return pulumi.getOrganization();
      },
      project: pulumi.getProject(),
      stack: pulumi.getStack(),
      config: (key) => {
        const [namespace, inner] = key.includes(":") ? key.split(":", 2) : [undefined, key];
        return new pulumi.Config(namespace).get(inner ?? "");
      },
    },
  );
}
