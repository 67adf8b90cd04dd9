/** The file of a kind's CustomResourceDefinition, for who installs the definitions alone. */
import { stringify } from "yaml";
import type { KindDefinition } from "../api/v1alpha1/kinds";
import { customResourceDefinition } from "../deploy/custom-resource-definition";

/** As YAML, which says where it comes from. */
export function definitionFile(kind: KindDefinition): string {
  const text = stringify(customResourceDefinition(kind), { lineWidth: 120, aliasDuplicateObjects: false });
  return `# Generated from provider/api by \`make generate\`. Do not edit.\n${text}`;
}
