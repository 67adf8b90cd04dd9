import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseQuantity, quantityToBytes } from "../../../../provider/api/quantity";
import type { VirtualMachine } from "../../../../provider/api/v1alpha1/virtual-machine";
import type { Volume } from "../../../../provider/api/v1alpha1/volumes";
import {
  claimsWritten,
  type LauncherClaim,
  type LauncherVolumes,
  launcherPod,
  launcherPodName,
  secretsOf,
} from "../../../../provider/core/plan/launcher-pod";
import { validateObject } from "../../../../provider/core/validation";
import { buildVirtualMachine, builtUid } from "../../../builders/virtual-machine";

interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
}

/** What the tests look at, of a v1 Pod. */
interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences: readonly object[];
  };
  readonly spec: {
    readonly nodeSelector: Readonly<Record<string, string>>;
    readonly terminationGracePeriodSeconds: number;
    readonly containers: readonly {
      readonly resources: {
        readonly requests: Readonly<Record<string, string>>;
        readonly limits?: Readonly<Record<string, string>>;
      };
      readonly volumeMounts: readonly Mount[];
      readonly volumeDevices: readonly { readonly name: string; readonly devicePath: string }[];
    }[];
    readonly volumes: readonly { readonly name: string }[];
  } & Readonly<Record<string, unknown>>;
}

const launcher = { image: "registry.example.com/virt-launcher:1" };
/** In every launcher, for the node's agent. */
const doors = {
  volume: { name: "doors", emptyDir: { medium: "Memory", sizeLimit: "64Ki" } },
  mount: { name: "doors", mountPath: "/kubevirt" },
};
const podOf = (vm: VirtualMachine, claims: Readonly<Record<string, LauncherClaim>> = {}) =>
  launcherPod(vm, { name: "virt-launcher-web-bbbbb", launcher, claims }) as Pod;
const containerOf = (pod: Pod) => {
  const [container] = pod.spec.containers;
  if (container === undefined) throw new Error("the pod has no container");
  return container;
};
const withVolumes = (...volumes: readonly Volume[]) => buildVirtualMachine({ spec: { volumes } });
const bytes = (quantity: string | undefined) => {
  const exact = quantity === undefined ? undefined : parseQuantity(quantity);
  if (exact === undefined) throw new Error(`${quantity} is no quantity`);
  return quantityToBytes(exact);
};
const mebibytes = (quantity: string | undefined) => Number(bytes(quantity)) / 1024 / 1024;

describe("the launcher pod", () => {
  it("of the smallest machine: belongs to it, may do nothing, asks for its memory and what it takes to run it", () => {
    const { metadata, spec } = podOf(buildVirtualMachine());
    expect(metadata).toEqual({
      name: "virt-launcher-web-bbbbb",
      namespace: "default",
      labels: { "kubevirt.io": "virt-launcher", "kubevirt.io/created-by": builtUid },
      annotations: { "kubevirt.io/machine-labels": "[]" },
      ownerReferences: [
        {
          apiVersion: "kubevirt.io/v1alpha1",
          kind: "VirtualMachine",
          name: "web",
          uid: builtUid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    });
    expect(spec).toEqual({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 45,
      nodeSelector: { "kubevirt.io/schedulable": "true" },
      tolerations: [
        { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" },
        { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute" },
      ],
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65_532,
        runAsGroup: 65_532,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name: "launcher",
          image: "registry.example.com/virt-launcher:1",
          resources: { requests: { memory: String((128 + 100 + 8) * 1024 * 1024 + (128 * 1024 * 1024) / 512) } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          volumeMounts: [doors.mount],
          volumeDevices: [],
        },
      ],
      volumes: [doors.volume],
    });
  });

  it("carries the machine's labels, node selector and affinity, and none of its own words can be written over", () => {
    const affinity = {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: "zone", operator: "In", values: ["a"] }] }],
        },
      },
    } as const;
    const vm = buildVirtualMachine({
      metadata: { labels: { app: "web", "kubevirt.io": "mine", "kubevirt.io/created-by": "me" } },
      spec: { nodeSelector: { disk: "ssd", "kubevirt.io/schedulable": "false" }, affinity },
    });
    const { metadata, spec } = podOf(vm);
    expect(metadata.labels).toEqual({
      app: "web",
      "kubevirt.io": "virt-launcher",
      "kubevirt.io/created-by": builtUid,
    });
    // Written down, since others may give the pod labels of their own.
    expect(metadata.annotations).toEqual({ "kubevirt.io/machine-labels": '["app"]' });
    expect(spec.nodeSelector).toEqual({ disk: "ssd", "kubevirt.io/schedulable": "true" });
    expect(spec.affinity).toEqual(affinity);
  });

  it("outlives the guest's grace", () => {
    const grace = (seconds: number) =>
      podOf(buildVirtualMachine({ spec: { terminationGracePeriodSeconds: seconds } })).spec
        .terminationGracePeriodSeconds;
    expect([grace(0), grace(600)]).toEqual([15, 615]);
  });

  it("is pulled as it was told", () => {
    const options = { name: "p", claims: {} };
    const pulled = launcherPod(buildVirtualMachine(), {
      ...options,
      launcher: { ...launcher, pullPolicy: "Always", pullSecrets: ["one", "two"] },
    }) as Pod;
    expect(pulled.spec.imagePullSecrets).toEqual([{ name: "one" }, { name: "two" }]);
    expect(containerOf(pulled)).toMatchObject({ imagePullPolicy: "Always" });
    const without = launcherPod(buildVirtualMachine(), {
      ...options,
      launcher: { ...launcher, pullSecrets: [] },
    }) as Pod;
    expect(without.spec).not.toHaveProperty("imagePullSecrets");
  });
});

describe("what the launcher pod asks for", () => {
  const resourcesOf = (resources: object, cores?: number) =>
    containerOf(podOf(buildVirtualMachine({ domain: { resources, ...(cores && { cpu: { cores } }) } }))).resources;

  it("is the request of memory and more for each core and for the guest's pages", () => {
    const { requests, limits } = resourcesOf({ requests: { memory: "1Gi" } }, 4);
    expect(mebibytes(requests.memory)).toBe(1024 + 100 + 4 * 8 + 2);
    expect(requests.cpu).toBeUndefined();
    expect(limits).toBeUndefined();
  });

  it("is the limit of memory where there is no request, and still no more than the pod's limit", () => {
    const { requests, limits } = resourcesOf({ limits: { memory: "1Gi" } });
    expect(mebibytes(requests.memory)).toBe(1024 + 100 + 8 + 2);
    expect(mebibytes(limits?.memory)).toBe(1024 + 256 + 16 + 16 + 1024);
  });

  it("is the usual memory where nothing is said", () => {
    expect(mebibytes(resourcesOf({}).requests.memory)).toBe(512 + 100 + 8 + 1);
  });

  it("is processor time as it was written", () => {
    const { requests, limits } = resourcesOf({ requests: { cpu: "500m", memory: "64Mi" }, limits: { cpu: 2 } });
    expect(requests.cpu).toBe("500m");
    expect(limits).toEqual({ cpu: "2" });
  });

  it("is never more than its limit, for any machine that is valid", () => {
    const quantity = fc.oneof(
      fc.integer({ min: 1, max: 1 << 30 }).map(String),
      fc.integer({ min: 1, max: 4096 }).map((count) => `${count}Mi`),
      fc.integer({ min: 1, max: 7 }).map((count) => `${count}Ei`),
      fc.constantFrom("1.5Gi", "100M", "1e9", "128974848000m", 536870912),
    );
    const list = fc.record({ memory: quantity, cpu: fc.constantFrom("100m", 1, "2.5") }, { requiredKeys: [] });
    const resources = fc.record({ requests: list, limits: list }, { requiredKeys: [] });
    fc.assert(
      fc.property(resources, fc.integer({ min: 1, max: 64 }), (asked, cores) => {
        const vm = buildVirtualMachine({ domain: { resources: asked, cpu: { cores } } });
        fc.pre(validateObject(vm).errors.length === 0);
        const { requests, limits } = containerOf(podOf(vm)).resources;
        for (const [key, most] of Object.entries(limits ?? {})) {
          const least = requests[key];
          const exact = [least, most].map((text) => (text === undefined ? undefined : parseQuantity(text)?.nanos));
          if (least !== undefined) expect(exact[0]).toBeLessThanOrEqual(exact[1] ?? 0n);
        }
        const guest = asked.requests?.memory ?? asked.limits?.memory;
        if (guest !== undefined) expect(bytes(requests.memory)).toBeGreaterThan(bytes(String(guest)));
      }),
      { numRuns: 500 },
    );
  });
});

describe("what the launcher pod has of the machine's volumes", () => {
  const claim: Volume = { name: "root", persistentVolumeClaim: { claimName: "disk-1" } };
  const below: Volume = { name: "base", ephemeral: { persistentVolumeClaim: { claimName: "disk-2" } } };

  it("is each claim: mounted where it is a file system, a device where it is one", () => {
    const pod = podOf(withVolumes(claim, below), {
      "disk-1": { mode: "Block", bytes: 1024 },
      "disk-2": { mode: "Filesystem", bytes: 4096 },
    });
    expect(pod.spec.volumes).toEqual([
      doors.volume,
      { name: "claim-0", persistentVolumeClaim: { claimName: "disk-1" } },
      { name: "claim-1-read", persistentVolumeClaim: { claimName: "disk-2" } },
    ]);
    expect(containerOf(pod).volumeDevices).toEqual([{ name: "claim-0", devicePath: "/volumes/root" }]);
    expect(containerOf(pod).volumeMounts).toEqual([doors.mount, { name: "claim-1-read", mountPath: "/volumes/base" }]);
    expect(JSON.parse(pod.metadata.annotations?.["kubevirt.io/claim-sizes"] ?? "")).toEqual({
      "disk-1": 1024,
      "disk-2": 4096,
    });
  });

  it("is a file system where nobody says otherwise, and no size where none is known", () => {
    const pod = podOf(withVolumes(claim), { "disk-1": { mode: "Filesystem" } });
    expect(pod.metadata.annotations).not.toHaveProperty("kubevirt.io/claim-sizes");
    expect(containerOf(podOf(withVolumes(claim))).volumeMounts).toEqual([
      doors.mount,
      { name: "claim-0", mountPath: "/volumes/root" },
    ]);
  });

  it("is each volume on its own where two are one claim", () => {
    const again: Volume = { name: "again", persistentVolumeClaim: { claimName: "disk-1", readOnly: true } };
    const { spec } = podOf(withVolumes(claim, again));
    expect(spec.volumes).toEqual([
      doors.volume,
      { name: "claim-0", persistentVolumeClaim: { claimName: "disk-1" } },
      { name: "claim-1-read", persistentVolumeClaim: { claimName: "disk-1" } },
    ]);
  });

  it("says by itself which claims are written, whatever the machine's spec becomes", () => {
    const again: Volume = { name: "again", persistentVolumeClaim: { claimName: "disk-1" } };
    const vm = withVolumes(claim, below, again);
    const volumes = podOf(vm).spec.volumes as LauncherVolumes;
    expect(claimsWritten(withVolumes(), volumes)).toEqual(["disk-1"]);
    expect(claimsWritten(vm, podOf(withVolumes(below)).spec.volumes as LauncherVolumes)).toEqual([]);
    expect(claimsWritten(vm, undefined)).toEqual(["disk-1"]);
    // Of a pod that an earlier release has made, which did not tell one from the other.
    expect(claimsWritten(vm, [{ name: "claim-0", persistentVolumeClaim: { claimName: "disk-2" } }])).toEqual([
      "disk-2",
    ]);
  });

  it("is each secret once, one that is missing too, and readable by nobody in the pod", () => {
    const vm = withVolumes(
      { name: "init", cloudInitNoCloud: { secretRef: { name: "user-data" } } },
      { name: "disk", registryDisk: { image: "example.com/disk", imagePullSecret: "pull" } },
      { name: "more", registryDisk: { image: "example.com/more", imagePullSecret: "pull" } },
      { name: "open", registryDisk: { image: "example.com/open" } },
      { name: "plain", cloudInitNoCloud: { userData: "#cloud-config" } },
    );
    expect(secretsOf(vm)).toEqual(["user-data", "pull"]);
    const pod = podOf(vm);
    expect(pod.spec.volumes).toEqual([
      doors.volume,
      { name: "secret-0", secret: { secretName: "user-data", optional: true, defaultMode: 0o400 } },
      { name: "secret-1", secret: { secretName: "pull", optional: true, defaultMode: 0o400 } },
    ]);
    expect(containerOf(pod).volumeMounts).toEqual([
      doors.mount,
      { name: "secret-0", mountPath: "/secret-0", readOnly: true },
      { name: "secret-1", mountPath: "/secret-1", readOnly: true },
    ]);
  });

  it("is none that needs nothing of the cluster", () => {
    const { spec } = podOf(
      withVolumes(
        { name: "scratch", emptyDisk: { capacity: "1Gi" } },
        { name: "init", cloudInitNoCloud: { userData: "x" } },
      ),
    );
    expect(spec.volumes).toEqual([doors.volume]);
  });
});

describe("the name of a launcher pod", () => {
  const zeros = (size: number) => new Uint8Array(size);
  /** RFC 1123 subdomain, and no longer than a label: the pod's name is its host name. */
  const valid = /^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

  it("says whose it is, and is the same for the same bytes", () => {
    expect(launcherPodName("web", zeros)).toBe("virt-launcher-web-bbbbb");
    expect(launcherPodName("web", (size) => new Uint8Array(size).fill(3))).toBe("virt-launcher-web-fffff");
  });

  it.each([
    ["m".repeat(253)],
    [`${"m".repeat(42)}-${"n".repeat(20)}`],
    [`${"m".repeat(42)}.${"n".repeat(20)}`],
    [`${"m".repeat(41)}--${"n".repeat(20)}`],
    ["0"],
    ["a.b-c.d"],
  ])("is valid for a machine called %s", (name) => {
    expect(launcherPodName(name, zeros)).toMatch(valid);
  });

  it("is valid for every machine's name", () => {
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/);
    const name = fc.array(label, { minLength: 1, maxLength: 7 }).map((labels) => labels.join("."));
    const five = fc.uint8Array({ minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(name, five, (machine, chance) => {
        expect(launcherPodName(machine, (size) => chance.subarray(0, size))).toMatch(valid);
      }),
    );
  });
});
