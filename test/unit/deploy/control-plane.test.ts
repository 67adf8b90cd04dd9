import { describe, expect, it } from "vitest";
import { kinds } from "../../../provider/api/v1alpha1/kinds";
import { type ControlPlaneOptions, controlPlaneManifests, type Manifest } from "../../../provider/deploy";

const image = { registry: "registry.example.com/kubevirt" };
const manifests = (options: Partial<ControlPlaneOptions> = {}) => controlPlaneManifests({ image, ...options }, "1.2.3");
const addressOf = ({ kind, metadata }: Manifest) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;

function find(kind: string, name: string, options?: Partial<ControlPlaneOptions>): Manifest {
  const found = manifests(options).find((one) => one.kind === kind && one.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

describe("what is installed", () => {
  it("is these objects, in the order in which they can be applied", () => {
    expect(manifests().map(addressOf)).toEqual([
      "Namespace /kubevirt",
      ...kinds.map(({ plural }) => `CustomResourceDefinition /${plural}.kubevirt.io`),
      ...["agent-machines", "agent-leases", "agent-events", "launcher-pods"].flatMap((name) => [
        `ValidatingAdmissionPolicy /kubevirt-${name}`,
        `ValidatingAdmissionPolicyBinding /kubevirt-${name}`,
      ]),
      "ServiceAccount kubevirt/virt-controller",
      "ServiceAccount kubevirt/virt-agent",
      "ClusterRole /kubevirt.io:controller",
      "ClusterRoleBinding /kubevirt.io:controller",
      "Role kubevirt/kubevirt.io:controller",
      "RoleBinding kubevirt/kubevirt.io:controller",
      "Role kube-node-lease/kubevirt.io:controller",
      "RoleBinding kube-node-lease/kubevirt.io:controller",
      "ClusterRole /kubevirt.io:agent",
      "ClusterRoleBinding /kubevirt.io:agent",
      "Role kubevirt/kubevirt.io:agent",
      "RoleBinding kubevirt/kubevirt.io:agent",
      "ClusterRole /kubevirt.io:admin",
      "ClusterRole /kubevirt.io:edit",
      "ClusterRole /kubevirt.io:view",
      "PodDisruptionBudget kubevirt/virt-controller",
      "Deployment kubevirt/virt-controller",
      "DaemonSet kubevirt/virt-agent",
      "Service kubevirt/virt-metrics",
    ]);
  });

  it("is the same every time", () => {
    expect(JSON.stringify(manifests())).toBe(JSON.stringify(manifests()));
  });

  it("is JSON: nothing in it is undefined", () => {
    expect(JSON.parse(JSON.stringify(manifests()))).toStrictEqual(manifests());
  });

  it("says of every object what it belongs to", () => {
    for (const { metadata } of manifests()) {
      expect(metadata.labels).toMatchObject({
        "app.kubernetes.io/name": "pulumi-kubevirt",
        "app.kubernetes.io/managed-by": "pulumi-kubevirt",
        "app.kubernetes.io/component": expect.stringMatching(/./),
      });
    }
  });

  it("tells its definitions from those of another KubeVirt", () => {
    const definitions = manifests().filter(({ kind }) => kind === "CustomResourceDefinition");
    expect(definitions).toHaveLength(4);
    for (const { metadata } of definitions)
      expect(metadata.annotations).toEqual({ "kubevirt.io/installed-by": "pulumi-kubevirt" });
  });

  it("names one namespace only, besides that of the kubelets' leases", () => {
    const others = manifests({ namespace: "virt" }).filter(({ kind }) => kind !== "CustomResourceDefinition");
    const text = JSON.stringify(others);
    expect(/"kubevirt"|serviceaccount:kubevirt\b/.test(text)).toBe(false);
    expect(text).toContain("system:serviceaccount:virt:virt-agent");
    expect(text).toContain("--namespace=virt");
  });
});

describe("the controller", () => {
  const podOf = (options?: Partial<ControlPlaneOptions>) => {
    const { spec } = find("Deployment", "virt-controller", options);
    return spec as { replicas: number; template: { spec: { containers: readonly Record<string, unknown>[] } } };
  };

  it("is told the launcher's image, and how nodes get it", () => {
    const [container] = podOf({ image: { ...image, tag: "9", pullPolicy: "Always", pullSecrets: ["a", "b"] } }).template
      .spec.containers;
    expect(container).toMatchObject({
      image: "registry.example.com/kubevirt/virt-controller:9",
      imagePullPolicy: "Always",
      args: [
        "--namespace=kubevirt",
        "--launcher-image=registry.example.com/kubevirt/virt-launcher:9",
        "--launcher-pull-policy=Always",
        "--launcher-pull-secret=a",
        "--launcher-pull-secret=b",
        "--metrics-port=8080",
      ],
    });
  });

  it("passes for the strictest of Kubernetes' standards for pods", () => {
    const { spec } = podOf().template;
    expect(spec).toMatchObject({
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
    });
    for (const container of spec.containers) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
    }
    expect(JSON.stringify(spec)).not.toMatch(/hostPath|hostNetwork|hostPID|privileged/);
  });

  it("is two by default, of which a drain leaves one; a single one may go", () => {
    expect(podOf().replicas).toBe(2);
    expect(find("PodDisruptionBudget", "virt-controller").spec).toMatchObject({ minAvailable: 1 });
    const single = find("PodDisruptionBudget", "virt-controller", { replicas: 1 }).spec;
    expect(single).toMatchObject({ maxUnavailable: 1 });
    expect(single).not.toHaveProperty("minAvailable");
  });

  it("is on another node than its like where there are several, and leaves a lost one soon", () => {
    expect(podOf().template.spec).toMatchObject({
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "kubernetes.io/hostname",
          whenUnsatisfiable: "DoNotSchedule",
          nodeTaintsPolicy: "Honor",
          matchLabelKeys: ["pod-template-hash"],
        },
      ],
      tolerations: [
        { key: "node.kubernetes.io/not-ready", effect: "NoExecute", tolerationSeconds: 10 },
        { key: "node.kubernetes.io/unreachable", effect: "NoExecute", tolerationSeconds: 10 },
      ],
    });
  });
});

interface AgentContainer {
  readonly name: string;
  readonly args?: readonly string[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface AgentPod {
  readonly initContainers?: readonly AgentContainer[];
  readonly containers: readonly AgentContainer[];
  readonly volumes: readonly { readonly name: string; readonly hostPath?: { readonly path: string } }[];
}

describe("the agent", () => {
  const podOf = (options?: Partial<ControlPlaneOptions>): AgentPod => {
    const { spec } = find("DaemonSet", "virt-agent", options);
    return (spec as { template: { spec: AgentPod } }).template.spec;
  };
  const hostPathsOf = (pod: AgentPod, container: string) =>
    Object.fromEntries(
      (
        [...(pod.initContainers ?? []), ...pod.containers].find(({ name }) => name === container)?.volumeMounts ?? []
      ).map(({ name, mountPath, ...how }) => [
        pod.volumes.find((volume) => volume.name === name)?.hostPath?.path,
        { mountPath, ...how },
      ]),
    );

  it("brings libvirt along in a container of its own, which sees what the agent mounts", () => {
    const pod = podOf();
    expect(pod.containers.map(({ name }) => name)).toEqual(["agent"]);
    expect(pod.initContainers?.map(({ name }) => name)).toEqual(["libvirt"]);
    expect(hostPathsOf(pod, "agent")).toEqual({
      "/var/lib/kubevirt": { mountPath: "/var/lib/kubevirt", mountPropagation: "Bidirectional" },
      "/run/kubevirt/libvirt": { mountPath: "/run/libvirt" },
      "/sys/fs/cgroup": { mountPath: "/sys/fs/cgroup" },
      "/": { mountPath: "/host", mountPropagation: "HostToContainer" },
    });
    expect(hostPathsOf(pod, "libvirt")).toEqual({
      "/var/lib/kubevirt": { mountPath: "/var/lib/kubevirt", mountPropagation: "HostToContainer" },
      "/run/kubevirt/libvirt": { mountPath: "/run/libvirt" },
      "/dev": { mountPath: "/dev" },
    });
  });

  it("ends before its libvirt does, which leaves nothing in the node's /dev", () => {
    expect(podOf().initContainers?.[0]).toMatchObject({
      restartPolicy: "Always",
      terminationMessagePath: "/run/termination-log",
    });
  });

  it("uses the node's libvirt when it is told to", () => {
    const pod = podOf({ libvirt: "host" });
    expect(pod.containers.map(({ name }) => name)).toEqual(["agent"]);
    expect(pod).not.toHaveProperty("initContainers");
    expect(Object.keys(hostPathsOf(pod, "agent"))).toEqual([
      "/var/lib/kubevirt",
      "/run/libvirt",
      "/sys/fs/cgroup",
      "/",
    ]);
    expect(pod.volumes).toHaveLength(4);
  });

  it("is told its node, its places and its settings", () => {
    const options = { selfFenceSeconds: 60, insecureRegistries: ["10.50.0.1:5000"] };
    expect(podOf(options).containers[0]?.args).toEqual([
      "--node-name=$(NODE_NAME)",
      "--namespace=kubevirt",
      "--state-dir=/var/lib/kubevirt",
      "--libvirt-socket=/run/libvirt/libvirt-sock",
      "--host-root=/host",
      "--metrics-port=9090",
      "--self-fence-seconds=60",
      "--insecure-registry=10.50.0.1:5000",
    ]);
  });

  it("has its registries' certificates from a ConfigMap, and starts anew when these change", () => {
    const registryCa = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    expect(find("ConfigMap", "virt-agent-registry-ca", { registryCa }).data).toEqual({ "ca.crt": registryCa });
    expect(podOf({ registryCa }).containers[0]?.args).toContain("--registry-ca=/etc/kubevirt/registry-ca/ca.crt");
    const marks = [registryCa, `${registryCa}\n`].map((text) => {
      const { spec } = find("DaemonSet", "virt-agent", { registryCa: text });
      return (spec as { template: { metadata: { annotations: object } } }).template.metadata.annotations;
    });
    expect(marks[0]).not.toEqual(marks[1]);
    expect(manifests().some(({ kind }) => kind === "ConfigMap")).toBe(false);
  });

  it("goes to the nodes that are chosen, which must be able to run it", () => {
    expect(podOf({ nodeSelector: { machines: "yes" }, tolerations: [] })).toMatchObject({
      nodeSelector: { "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", machines: "yes" },
      tolerations: [],
      hostPID: true,
      priorityClassName: "system-node-critical",
    });
    expect(podOf()).not.toHaveProperty("hostNetwork");
  });
});

describe("the metrics", () => {
  it("are found by a label that the pods of both programs carry", () => {
    const service = find("Service", "virt-metrics").spec as { selector: object };
    for (const [kind, name] of [
      ["Deployment", "virt-controller"],
      ["DaemonSet", "virt-agent"],
    ] as const) {
      const { spec } = find(kind, name);
      expect(spec).toMatchObject({ template: { metadata: { labels: service.selector } } });
    }
  });
});
