import { describe, expect, it } from "vitest";
import { renderFieldError } from "../../../provider/core/field-error";
import { ControlPlaneOptionsError, controlPlaneFaults, controlPlaneManifests } from "../../../provider/deploy";
import { settingsOf } from "../../../provider/deploy/options";

const image = { registry: "registry.example.com/kubevirt" };
const certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const faultsOf = (options: unknown) => controlPlaneFaults(options).map(renderFieldError);

describe("the options of the control plane", () => {
  it("need no more than where the images are", () => {
    expect(faultsOf({ image })).toEqual([]);
    expect(settingsOf({ image }, "1.2.3")).toMatchObject({
      namespace: "kubevirt",
      tag: "1.2.3",
      pullPolicy: "IfNotPresent",
      replicas: 2,
      nodeSelector: { "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64" },
      tolerations: [{ operator: "Exists" }],
      libvirt: "pod",
      selfFenceSeconds: 300,
    });
  });

  it("may be all given", () => {
    const options = {
      image: { ...image, tag: "0.1.0", pullPolicy: "Always", pullSecrets: ["mine"] },
      namespace: "virt",
      replicas: 3,
      nodeSelector: { "example.com/machines": "yes" },
      tolerations: [{ key: "machines", value: "only", effect: "NoSchedule" }],
      libvirt: "pod",
      selfFenceSeconds: 120,
      insecureRegistries: ["10.50.0.1:5000", "registry"],
      registryCa: certificate,
      resources: { agent: { requests: { memory: "64Mi" }, limits: { memory: "1Gi" } } },
    };
    expect(faultsOf(options)).toEqual([]);
  });

  it.each([
    [{}, "image: must be given: an object"],
    [{ image: {} }, "image.registry: must be given: text"],
    [
      { image: { registry: "https://registry.example.com" } },
      'image.registry: "https://registry.example.com": must be a registry\'s host, with a port and a path where needed, such as registry.example.com/kubevirt',
    ],
    [{ image: { ...image, tag: "a b" } }, /^image\.tag: "a b": must consist of letters/],
    [{ image: { ...image, pullPolicy: "always" } }, /^image\.pullPolicy: "always": must be one of: .*`Always`/],
    [{ image: { ...image, pullSecrets: ["My Secret"] } }, /^image\.pullSecrets\[0\]: must be a DNS name/],
    [{ image, replica: 1 }, "replica: 1: unknown field; did you mean `replicas`?"],
    [{ image, replicas: 0 }, "replicas: 0: must be at least 1"],
    [{ image, namespace: "Virt" }, /^namespace: "Virt": must be a DNS label/],
    [{ image, libvirt: "node" }, /^libvirt: "node": must be one of: pod, host/],
    [{ image, selfFenceSeconds: -5 }, "selfFenceSeconds: -5: must be at least 0"],
    [{ image, nodeSelector: { "a b": "c" } }, /^nodeSelector\.a b: "a b": must be a label's key/],
    [{ image, nodeSelector: { a: "b c" } }, /^nodeSelector\.a: "b c": must be a label's value/],
    [
      { image, tolerations: [{ operator: "Exists", key: "a", value: "b" }] },
      /^tolerations\[0\]\.value: "b": goes with/,
    ],
    [{ image, tolerations: [{}] }, "tolerations[0].operator: must be Exists where no key is given"],
    [{ image, insecureRegistries: ["http://a"] }, /^insecureRegistries\[0\]: "http:\/\/a": must be a registry's host/],
    [
      { image, resources: { agent: { requests: { memory: "2Gi" }, limits: { memory: "1Gi" } } } },
      'resources.agent.limits.memory: "1Gi": must be at least the request, 2Gi',
    ],
    [
      { image, resources: { agent: { limits: { memory: "much" } } } },
      /^resources\.agent\.limits\.memory: "much": must be/,
    ],
    [{ image, libvirt: "host", resources: { libvirt: {} } }, /^resources\.libvirt: there is no such container/],
    [{ image, registryCa: "/etc/ca.pem" }, /^registryCa: must be certificates in PEM \(the text itself/],
    ["nonsense", /must be an object/],
  ])("%j is refused with its place and a remedy", (options, message) => {
    expect(faultsOf(options)).toEqual([typeof message === "string" ? message : expect.stringMatching(message)]);
  });

  it("do not repeat a private key that was given for a certificate", () => {
    const key = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----\n";
    const [fault = ""] = faultsOf({ image, registryCa: certificate + key });
    expect(fault).toMatch(/^registryCa: holds a private key/);
    expect(fault).not.toContain("MHcC");
  });

  it("are refused with all of their faults at once", () => {
    const options = { image: { registry: "?" }, replicas: 0 };
    expect(() => controlPlaneManifests(options, "1.2.3")).toThrow(ControlPlaneOptionsError);
    expect(() => controlPlaneManifests(options, "1.2.3")).toThrow(/image\.registry.*\n.*replicas/);
  });
});
