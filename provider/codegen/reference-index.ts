/** The first page of the reference: the kinds, and what holds for all of them. */
import { group, kinds } from "../api/v1alpha1/kinds";

/** The rules in the definitions use what this release brought. */
const oldestKubernetes = "1.34";

export const referenceIndexFile = "docs/reference/README.md";

export function referenceIndex(): string {
  const lines = kinds.map(
    ({ kind, singular, shortNames, description }) =>
      `| [${kind}](${singular}.md) | ${shortNames.map((name) => `\`${name}\``).join(", ")} | ${description} |`,
  );
  return `<!-- Generated from provider/api by \`make generate\`. Do not edit. -->

# Reference

| Kind | Short names | |
| --- | --- | --- |
${lines.join("\n")}

The fields are declared once, in \`provider/api\`; these pages, the TypeScript types, \`schema.json\` and the custom resource
definitions are made from there. Unknown fields are errors for Pulumi, \`virtctl validate\` and \`kubectl\`; another
client of an API server that does not ask for strict validation is warned, and they are left out. Quantities are written
as Kubernetes writes them: \`512Mi\`, \`64M\`, \`1.5Gi\`, \`500m\`, or a whole number; \`1Gi\` and \`1024Mi\` are the same.

The local engine knows the kinds. A cluster (Kubernetes ${oldestKubernetes} or newer) learns them with the
[control plane](../kubernetes.md), or, where nothing is to run them, from the definitions in \`provider/deploy/crds\`, which
the npm package carries too:

\`\`\`sh
kubectl apply -f node_modules/pulumi-kubevirt/provider/deploy/crds
kubectl explain vm.spec.domain
\`\`\`

The definitions hold every rule that the pages list, so a cluster refuses a bad object without a webhook. One thing they
cannot say, and whoever acts on an object checks it again: the spelling of the keys of maps (labels of templates, node
selectors, resources).

The names of the files are \`PLURAL.${group}.yaml\`.
`;
}
