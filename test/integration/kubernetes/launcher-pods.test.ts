/** Launcher pods on a real API server: it takes the pod of any machine that is valid, also where pods are restricted most. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { VirtualMachine } from "../../../provider/api/v1alpha1/virtual-machine";
import { podNameOf } from "../../../provider/controller/launcher-pod";
import { type LauncherClaim, launcherPod } from "../../../provider/core/plan/launcher-pod";
import { validateObject } from "../../../provider/core/validation";
import { KubeClient } from "../../../provider/kube/client";
import { loadConnection } from "../../../provider/kube/kubeconfig";
import { coreResources, type KubeObject } from "../../../provider/kube/resource";
import { buildVirtualMachine } from "../../builders/virtual-machine";
import { kubectlFor } from "../apiserver/support/kubectl";
import { type ControlPlane, startControlPlane } from "./support/control-plane";

let controlPlane: ControlPlane;
let client: KubeClient;

beforeAll(async () => {
  controlPlane = await startControlPlane();
  const kubectl = kubectlFor(controlPlane.kubeconfig, controlPlane.directory);
  // Pods of this namespace may do the least that Kubernetes knows of.
  await kubectl.run("label", "namespace", "default", "pod-security.kubernetes.io/enforce=restricted");
  // No controller makes it here.
  await kubectl.run("create", "serviceaccount", "default");
  client = new KubeClient(await loadConnection({ kubeconfig: controlPlane.kubeconfig, env: {} }), {
    fieldManager: "test",
  });
});

afterAll(() => controlPlane?.stop());

const everything = buildVirtualMachine({
  metadata: { labels: { app: "web", "example.com/tier": "front" } },
  domain: {
    cpu: { cores: 4 },
    resources: { requests: { memory: "1.5Gi", cpu: "100u" }, limits: { memory: "2e9", cpu: 2 } },
    devices: {
      disks: ["file", "device", "base", "init", "image"].map((name) => ({ name, volumeName: name, disk: {} })),
    },
  },
  spec: {
    terminationGracePeriodSeconds: 0,
    nodeSelector: { disk: "ssd" },
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: "zone", operator: "In", values: ["a", "b"] }] }],
        },
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 1, preference: { matchExpressions: [{ key: "cores", operator: "Gt", values: ["8"] }] } },
        ],
      },
    },
    volumes: [
      { name: "file", persistentVolumeClaim: { claimName: "one" } },
      { name: "device", persistentVolumeClaim: { claimName: "two.with-dots" } },
      { name: "base", ephemeral: { persistentVolumeClaim: { claimName: "one" } } },
      { name: "init", cloudInitNoCloud: { secretRef: { name: "user-data" } } },
      { name: "image", registryDisk: { image: "example.com/disk:1", imagePullSecret: "pull" } },
    ],
  },
});

const claims: Readonly<Record<string, LauncherClaim>> = {
  one: { mode: "Filesystem", bytes: 1024 ** 4 },
  "two.with-dots": { mode: "Block" },
};
const launcher = { image: "registry.example.com/virt-launcher:1", pullPolicy: "Always", pullSecrets: ["registry"] };

async function create(vm: VirtualMachine): Promise<KubeObject> {
  expect(validateObject(vm).errors).toEqual([]);
  const pod = launcherPod(vm, { name: podNameOf(vm), launcher, claims }) as KubeObject;
  return client.create(coreResources.pods, pod);
}

describe("the pod of a machine", () => {
  it("with everything that a machine can ask for is taken as it was meant", async () => {
    const stored = (await create(everything)) as KubeObject & { readonly spec: Readonly<Record<string, unknown>> };
    expect(stored.metadata.ownerReferences).toMatchObject([{ kind: "VirtualMachine", controller: true }]);
    expect(stored.spec).toMatchObject({
      serviceAccountName: "default",
      automountServiceAccountToken: false,
      containers: [
        {
          volumeMounts: [
            { name: "doors", mountPath: "/kubevirt" },
            { name: "claim-0", mountPath: "/volumes/file" },
            { name: "claim-2-read", mountPath: "/volumes/base" },
            { name: "secret-0", mountPath: "/secret-0", readOnly: true },
            { name: "secret-1", mountPath: "/secret-1", readOnly: true },
          ],
          volumeDevices: [{ name: "claim-1", devicePath: "/volumes/device" }],
        },
      ],
    });
  });

  it.each([
    ["m".repeat(63), "uid-1"],
    [`${"m".repeat(42)}.${"n".repeat(20)}`, "uid-2"],
    ["0", "uid-3"],
    ["with.dots.in-it", "uid-4"],
  ])("called %s is taken", async (name, uid) => {
    const pod = await create(buildVirtualMachine({ metadata: { name, uid } }));
    expect(pod.metadata.name?.length).toBeLessThanOrEqual(63);
  });

  it.each<[string, object]>([
    ["nothing but a limit of memory", { limits: { memory: "64Mi" } }],
    ["the least of all", { requests: { memory: 1, cpu: "1n" } }],
    ["almost all that there is", { requests: { memory: "7.9Ei", cpu: "999999" }, limits: { memory: "7.9Ei" } }],
    ["amounts in every spelling", { requests: { memory: "128974848000m", cpu: "1e-1" } }],
  ])("that asks for %s is taken", async (what, resources) => {
    const metadata = { name: what.replaceAll(/[^a-z]+/g, "-"), uid: `uid-${what.length}` };
    await create(buildVirtualMachine({ metadata, domain: { resources } }));
  });
});
