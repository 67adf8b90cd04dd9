/** Gives a control plane the project's custom resource definitions. */
import { join, resolve } from "node:path";
import { kinds } from "../../../../provider/api/v1alpha1/kinds";
import { eventually } from "../../../e2e/support/wait";
import type { Kubectl } from "../../apiserver/support/kubectl";

export const definitionsFolder = resolve(__dirname, "../../../../provider/deploy/crds");

export function definitionFile(plural: string): string {
  return join(definitionsFolder, `${plural}.kubevirt.io.yaml`);
}

/** Applies them as a person would, and waits until the API server serves them. */
export async function installDefinitions(kubectl: Kubectl): Promise<void> {
  await kubectl.run("apply", "-f", definitionsFolder);
  const names = kinds.map(({ plural }) => `crd/${plural}.kubevirt.io`);
  await kubectl.run("wait", "--for=condition=Established", "--timeout=30s", ...names);
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
