/** What may be said about how the control plane is installed on a cluster. The manifests are made in provider/deploy. */
import { z } from "zod";
import type { DeepReadonly } from "./deep-readonly";
import { dnsLabelPattern, dnsLabelRemedy, dnsNamePattern, dnsNameRemedy } from "./names";
import { Quantity } from "./quantity";

const host = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*(:[0-9]{1,5})?";
const component = "[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*";
const registryPattern = new RegExp(`^${host}(/${component})*$`);
const registryRemedy =
  "must be a registry's host, with a port and a path where needed, such as registry.example.com/kubevirt";
const hostPattern = new RegExp(`^${host}$`);

const mostEntries = 64;

export const PullPolicy = z
  .enum(["Always", "IfNotPresent", "Never"])
  .describe("When a node asks the registry for an image.");

export const ControlPlaneImage = z.strictObject({
  registry: z
    .string()
    .min(1)
    .max(200)
    .regex(registryPattern, registryRemedy)
    .describe(
      "Where `virt-controller`, `virt-agent` and `virt-launcher` are: a registry's host, with a port and a path where needed, such as `registry.example.com/kubevirt`.",
    ),
  tag: z
    .string()
    .min(1)
    .max(128)
    .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, "must consist of letters, digits, '_', '.' and '-', like 0.1.0")
    .optional()
    .describe("Tag of the three images. Default: the release of this package."),
  pullPolicy: PullPolicy.optional().describe("When a node asks the registry for an image. Default: `IfNotPresent`."),
  pullSecrets: z
    .array(z.string().min(1).max(253).regex(dnsNamePattern, dnsNameRemedy))
    .max(mostEntries)
    .optional()
    .describe(
      "Names of the secrets with which nodes pull the images: in the control plane's namespace, and in every namespace that has machines. Default: none.",
    ),
});

export const TolerationOperator = z.enum(["Exists", "Equal"]).describe("How a toleration compares the taint's value.");
export const TaintEffect = z
  .enum(["NoSchedule", "PreferNoSchedule", "NoExecute"])
  .describe("What a taint does to pods that do not tolerate it.");

export const Toleration = z.strictObject({
  key: z
    .string()
    .min(1)
    .max(316)
    .optional()
    .describe("Key of the taint. Default: every taint, with the operator `Exists`."),
  operator: TolerationOperator.optional().describe(
    "`Exists` for a taint of any value, or `Equal` for one of this value. Default: `Equal`.",
  ),
  value: z.string().max(63).optional().describe("Value of the taint, with the operator `Equal`. Default: none."),
  effect: TaintEffect.optional().describe("Effect of the taint. Default: every effect."),
});
export type Toleration = DeepReadonly<z.infer<typeof Toleration>>;

const quantities = z.record(z.string(), Quantity);

export const ContainerResources = z.strictObject({
  requests: quantities
    .optional()
    .describe(
      "What is set aside for it: `cpu` in cores and `memory` in bytes, such as `100m` and `256Mi`. Default: nothing.",
    ),
  limits: quantities
    .optional()
    .describe("What it may use at most: `cpu` in cores and `memory` in bytes, such as `1Gi`. Default: no limit."),
});
export type ContainerResources = DeepReadonly<z.infer<typeof ContainerResources>>;

export const ControlPlaneResources = z.strictObject({
  controller: ContainerResources.optional().describe(
    "Of each controller. Default: requests of `50m` and `128Mi`, a memory limit of `1Gi`.",
  ),
  agent: ContainerResources.optional().describe(
    "Of the agent on each node. Default: requests of `50m` and `128Mi`, a memory limit of `1Gi`.",
  ),
  libvirt: ContainerResources.optional().describe(
    "Of libvirt on each node, with `libvirt: pod`. A memory limit would stop guests that start. Default: requests of `50m` and `96Mi`.",
  ),
});

export const LibvirtMode = z.enum(["pod", "host"]).describe("Where an agent finds libvirt.");
export type LibvirtMode = z.infer<typeof LibvirtMode>;

export const ControlPlane = z.strictObject({
  image: ControlPlaneImage.describe("The images, and how nodes get them."),
  namespace: z
    .string()
    .min(1)
    .max(63)
    .regex(dnsLabelPattern, dnsLabelRemedy)
    .optional()
    .describe(
      "Namespace of everything that has one; it is made, and removed with the control plane. Default: `kubevirt`.",
    ),
  replicas: z
    .int()
    .min(1)
    .max(9)
    .optional()
    .describe("How many controllers there are, one of which works while the others stand by, 1 to 9. Default: 2."),
  nodeSelector: z
    .record(z.string(), z.string())
    .optional()
    .describe("Labels of the nodes that run machines. Default: every Linux node with amd64 processors."),
  tolerations: z
    .array(Toleration)
    .max(mostEntries)
    .optional()
    .describe("Taints of nodes that run machines all the same. Default: every taint."),
  libvirt: LibvirtMode.optional().describe(
    "`pod`: each agent brings libvirt and QEMU along; `host`: agents use the node's own, at /run/libvirt. Default: `pod`.",
  ),
  selfFenceSeconds: z
    .int()
    .min(0)
    .max(86_400)
    .optional()
    .describe(
      "Seconds without an answer of the API after which an agent ends machines that write to claims, 0 to 86400; 0: never. Less than 60 is too soon for a restart of the API server. Default: 300.",
    ),
  insecureRegistries: z
    .array(z.string().min(1).max(253).regex(hostPattern, "must be a registry's host, or host:port"))
    .max(mostEntries)
    .optional()
    .describe("Registries of machines' disks that may be spoken to without TLS. Default: none."),
  registryCa: z
    .string()
    .min(1)
    .max(524_288)
    .optional()
    .describe(
      "Certificates in PEM by which registries of machines' disks are trusted beside the usual ones. Default: none.",
    ),
  resources: ControlPlaneResources.optional().describe(
    "What the containers ask of their nodes. Default: for each what it is known to need.",
  ),
});
export type ControlPlane = DeepReadonly<z.infer<typeof ControlPlane>>;
