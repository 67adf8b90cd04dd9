/** Gives a control plane the project's custom resource definitions. */
import { join, resolve } from "node:path";
import { kinds } from "../../../../provider/api/v1alpha1/kinds";
import { eventually } from "../../../e2e/support/wait";
import type { Kubectl } from "../../apiserver/support/kubectl";

export const definitionsFolder = resolve("provider/deploy/crds");

export function definitionFile(plural: string): string {
  return join(definitionsFolder, `${plural}.kubevirt.io.yaml`);
}

/** Waits until definitions that were applied are served. Where one has no conditions at all yet, kubectl fails at once. */
export async function established(kubectl: Kubectl, ...definitions: readonly string[]): Promise<void> {
  await eventually(`${definitions.join(" ")} are established`, async () => {
    const { code } = await kubectl.try("wait", "--for=condition=Established", "--timeout=20s", ...definitions);
    return code === 0 ? true : undefined;
  });
}

/** Applies them as a person would, and waits until the API server serves them. */
export async function installDefinitions(kubectl: Kubectl): Promise<void> {
  await kubectl.run("apply", "-f", definitionsFolder);
  const names = kinds.map(({ plural }) => `crd/${plural}.kubevirt.io`);
  await established(kubectl, ...names);
  // What the API server tells of its kinds follows a moment later.
  for (const { plural } of kinds) {
    await eventually(`${plural} are explained`, async () => {
      const { code } = await kubectl.try("explain", `${plural}.spec`);
      return code === 0 ? true : undefined;
    });
  }
  // Who asks first is told to come again, which kubectl does by itself.
  await kubectl.run("get", kinds.map(({ plural }) => plural).join(","), "--all-namespaces");
}
