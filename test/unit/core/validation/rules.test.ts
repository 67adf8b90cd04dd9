import { describe, expect, it } from "vitest";
import { validateObject } from "../../../../provider/core/validation";
import { buildPreset } from "../../../builders/preset";
import { buildVirtualMachine, claimDisk, machineWithDisks } from "../../../builders/virtual-machine";

const fieldsOf = (object: unknown) => validateObject(object).errors.map(({ field }) => field);
const withVolumes = (...volumes: unknown[]) => ({
  ...buildVirtualMachine(),
  spec: { ...buildVirtualMachine().spec, volumes },
});
const cloudInit = (source: unknown) => fieldsOf(withVolumes({ name: "seed", cloudInitNoCloud: source }));

describe("metadata", () => {
  it.each([
    ["Web", "metadata.name"],
    ["a_b", "metadata.name"],
    ["a".repeat(64), "metadata.name"],
    ["-a", "metadata.name"],
  ])("refuses the name %s", (name, field) => {
    expect(fieldsOf(buildVirtualMachine({ metadata: { name } }))).toEqual([field]);
  });

  it("wants a name or the beginning of one", () => {
    const { name: _name, ...metadata } = buildVirtualMachine().metadata;
    expect(fieldsOf({ ...buildVirtualMachine(), metadata })).toEqual(["metadata.name"]);
    expect(fieldsOf({ ...buildVirtualMachine(), metadata: { ...metadata, generateName: "web-" } })).toEqual([]);
  });

  it("checks the keys and values of labels", () => {
    expect(fieldsOf(buildVirtualMachine({ metadata: { labels: { "a b": "x" } } }))).toEqual(["metadata.labels"]);
    expect(fieldsOf(buildVirtualMachine({ metadata: { labels: { size: "very small" } } }))).toEqual([
      "metadata.labels.size",
    ]);
    expect(fieldsOf(buildVirtualMachine({ metadata: { labels: { "kubevirt.io/size": "small", empty: "" } } }))).toEqual(
      [],
    );
  });
});

describe("amounts of entries", () => {
  const many = (count: number, value: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`example.com/r${index}`, value]));

  it("are bounded as in a cluster", () => {
    const requests = (count: number) => ({ resources: { requests: { ...many(count - 1, "1"), memory: "1Gi" } } });
    expect(fieldsOf(buildVirtualMachine({ domain: requests(64) }))).toEqual([]);
    expect(fieldsOf(buildVirtualMachine({ domain: requests(65) }))).toEqual(["spec.domain.resources.requests"]);
    expect(fieldsOf(buildPreset("p", {}, { matchLabels: many(256, "x") }))).toEqual([]);
    expect(fieldsOf(buildPreset("p", {}, { matchLabels: many(257, "x") }))).toEqual(["spec.selector.matchLabels"]);
  });

  it.each(["9223372036854775807", "8Ei", "9Ei"])("memory of %s is more than anybody can count", (memory) => {
    expect(fieldsOf(buildVirtualMachine({ domain: { resources: { requests: { memory } } } }))).toEqual([
      "spec.domain.resources.requests.memory",
    ]);
  });
});

describe("disks", () => {
  it("need a volume each, of their own", () => {
    const [disk, volume] = claimDisk("a");
    expect(fieldsOf(machineWithDisks([disk, volume], [{ ...disk, name: "b" }, claimDisk("c")[1]]))).toEqual([
      "spec.domain.devices.disks[1].volumeName",
    ]);
  });

  it("need a name each", () => {
    const [disk, volume] = claimDisk("a");
    const [, other] = claimDisk("b");
    expect(fieldsOf(machineWithDisks([disk, volume], [{ name: "a", volumeName: "b" }, other]))).toEqual([
      "spec.domain.devices.disks[1].name",
    ]);
  });

  it("have one kind of target at most", () => {
    expect(fieldsOf(machineWithDisks(claimDisk("a", { disk: {}, cdrom: {} })))).toEqual([
      "spec.domain.devices.disks[0]",
    ]);
    expect(fieldsOf(machineWithDisks(claimDisk("a")))).toEqual([]);
  });

  it("pass SCSI commands through to claims only, whatever stands last in the list of volumes", () => {
    const [disk] = claimDisk("a", { lun: {} });
    const file = { name: "a", emptyDisk: { capacity: "1Gi" } };
    expect(fieldsOf(machineWithDisks([disk, file], claimDisk("last")))).toEqual(["spec.domain.devices.disks[0].lun"]);
    expect(
      fieldsOf(machineWithDisks(claimDisk("a", { lun: {} }), [claimDisk("b")[0], { ...file, name: "b" }])),
    ).toEqual([]);
  });

  it("are at most 256, and a longer list is not looked into", () => {
    const disks = Array.from({ length: 257 }, () => ({ name: "x", volumeName: "nowhere" }));
    expect(fieldsOf({ ...buildVirtualMachine(), spec: { domain: { devices: { disks } } } })).toEqual([
      "spec.domain.devices.disks",
    ]);
  });
});

describe("volumes", () => {
  it("have exactly one source", () => {
    expect(fieldsOf(withVolumes({ name: "a" }))).toEqual(["spec.volumes[0]"]);
    expect(fieldsOf(withVolumes({ name: "a", emptyDisk: { capacity: "1Gi" }, registryDisk: { image: "x" } }))).toEqual([
      "spec.volumes[0]",
    ]);
  });

  it.each(["../x", "a b", "A", "a/b", "", ".", "a_b"])("are not named %j", (name) => {
    expect(fieldsOf(withVolumes({ name, emptyDisk: { capacity: "1Gi" } }))).toContain("spec.volumes[0].name");
  });

  it.each(["../../etc/passwd", "a b", "http://x/y", "-x", "a:b:c", "x/UPPER", "x@sha256:12"])(
    "come from no image called %j",
    (image) => {
      expect(fieldsOf(withVolumes({ name: "a", registryDisk: { image } }))).toEqual([
        "spec.volumes[0].registryDisk.image",
      ]);
    },
  );

  it.each([
    "x",
    "kubevirt/cirros-registry-disk-demo:latest",
    "localhost:5000/a/b_c/d-e:1.0",
    `registry.example/a@sha256:${"0".repeat(64)}`,
    "Registry.Example/a:V1",
  ])("come from the image %s", (image) => {
    expect(fieldsOf(withVolumes({ name: "a", registryDisk: { image } }))).toEqual([]);
  });

  it("need the claim below an overlay, and a size", () => {
    expect(fieldsOf(withVolumes({ name: "a", ephemeral: {} }))).toEqual([
      "spec.volumes[0].ephemeral.persistentVolumeClaim",
    ]);
    expect(fieldsOf(withVolumes({ name: "a", emptyDisk: {} }))).toEqual(["spec.volumes[0].emptyDisk.capacity"]);
    expect(fieldsOf(withVolumes({ name: "a", emptyDisk: { capacity: "0" } }))).toEqual([
      "spec.volumes[0].emptyDisk.capacity",
    ]);
    expect(fieldsOf(withVolumes({ name: "a", emptyDisk: { capacity: "lots" } }))).toEqual([
      "spec.volumes[0].emptyDisk.capacity",
    ]);
  });
});

describe("cloud-init", () => {
  const place = "spec.volumes[0].cloudInitNoCloud";

  it.each([
    [{}, [place]],
    [{ userData: "" }, [place]],
    [{ userData: "x", userDataBase64: "eA==" }, [place]],
    [{ secretRef: {} }, [place]],
    [{ secretRef: {}, userData: "x" }, [`${place}.secretRef`]],
    [{ secretRef: { name: "s" }, userData: "x" }, [place]],
    [{ userDataBase64: "!" }, [`${place}.userDataBase64`]],
    [{ userData: "x" }, []],
    [{ userDataBase64: "eA==" }, []],
    [{ secretRef: { name: "s" } }, []],
  ])("%j has faults at %j", (source, fields) => {
    expect(cloudInit(source)).toEqual(fields);
  });

  it("counts bytes, not characters", () => {
    expect(cloudInit({ userData: "é".repeat(1024) })).toEqual([]);
    expect(cloudInit({ userData: "é".repeat(1025) })).toEqual([place]);
    expect(cloudInit({ userDataBase64: Buffer.alloc(2048).toString("base64") })).toEqual([]);
    expect(cloudInit({ userDataBase64: Buffer.alloc(2049).toString("base64") })).toEqual([place]);
  });

  it("never repeats user data in a message", () => {
    const secret = "hunter2hunter2";
    const sources = [
      { userData: secret.repeat(200) },
      { userDataBase64: `${secret}!` },
      { userData: secret, userDataBase64: secret },
      { userdata: secret },
      { userData: [secret] },
      { userData: { password: secret } },
      [secret],
    ];
    for (const source of sources) {
      const { errors } = validateObject(withVolumes({ name: "seed", cloudInitNoCloud: source }));
      expect(errors.length).toBeGreaterThan(0);
      expect(JSON.stringify(errors)).not.toContain(secret);
    }
    const misplaced = validateObject(withVolumes({ name: "seed", cloudInit: { userData: secret } }));
    expect(misplaced.errors[0]?.detail).toContain("did you mean");
    expect(JSON.stringify(misplaced)).not.toContain(secret);
  });
});

describe("a domain", () => {
  it.each([
    [{ clock: { timezone: "Europe/Prague", utc: {} } }, "spec.domain.clock"],
    [{ clock: { timezone: "../etc" } }, "spec.domain.clock.timezone"],
    [{ resources: { requests: { memory: "0" } } }, "spec.domain.resources.requests.memory"],
    [{ resources: { requests: { memory: "-1Gi" } } }, "spec.domain.resources.requests.memory"],
    [{ resources: { requests: { memory: "9Ei" } } }, "spec.domain.resources.requests.memory"],
    [{ resources: { requests: { cpu: "-1" } } }, "spec.domain.resources.requests.cpu"],
    [
      { resources: { requests: { memory: "2Gi" }, limits: { memory: "1Gi" } } },
      "spec.domain.resources.requests.memory",
    ],
    [
      { resources: { requests: { memory: "1Gi", cpu: "2" }, limits: { cpu: "1500m" } } },
      "spec.domain.resources.requests.cpu",
    ],
    [{ firmware: { uuid: "x" } }, "spec.domain.firmware.uuid"],
    [{ features: { hyperv: { spinlocks: { spinlocks: 1 } } } }, "spec.domain.features.hyperv.spinlocks.spinlocks"],
    [
      { features: { hyperv: { vendorid: { vendorid: "morethantwelvechars" } } } },
      "spec.domain.features.hyperv.vendorid.vendorid",
    ],
    [{ features: { hyperv: { vendorid: { vendorid: "a,b" } } } }, "spec.domain.features.hyperv.vendorid.vendorid"],
    [{ devices: { watchdog: { name: "w" } }, watchdog: { name: "w" } }, "spec.domain.watchdog"],
    [
      { devices: { watchdog: { name: "w", i6300esb: { action: "explode" } } } },
      "spec.domain.devices.watchdog.i6300esb.action",
    ],
  ])("%j is refused at %s", (domain, field) => {
    expect(fieldsOf({ ...buildVirtualMachine(), spec: { domain } })).toEqual([field]);
  });

  it("may request exactly its limit, however it is spelled", () => {
    const domain = { resources: { requests: { memory: "1024Mi" }, limits: { memory: "1Gi" } } };
    expect(fieldsOf({ ...buildVirtualMachine(), spec: { domain } })).toEqual([]);
  });
});

describe("placement", () => {
  const affinity = (requirement: unknown) => ({
    ...buildVirtualMachine(),
    spec: {
      ...buildVirtualMachine().spec,
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [requirement] }] },
        },
      },
    },
  });

  it.each([
    [{ key: "zone", operator: "In", values: ["a"] }, true],
    [{ key: "zone", operator: "In" }, false],
    [{ key: "zone", operator: "Exists", values: ["a"] }, false],
    [{ key: "cpus", operator: "Gt", values: ["4"] }, true],
    [{ key: "cpus", operator: "Gt", values: ["four"] }, false],
    [{ key: "cpus", operator: "Lt", values: ["4", "8"] }, false],
    [{ key: "a b", operator: "Exists" }, false],
  ])("%j is fit: %s", (requirement, fit) => {
    expect(fieldsOf(affinity(requirement)).length === 0).toBe(fit);
  });
});

describe("warnings", () => {
  const warnings = (object: unknown) => validateObject(object).warnings.map(({ field }) => field);

  it("tell of a machine that asks for no memory", () => {
    const silent = { ...buildVirtualMachine(), spec: { domain: {} } };
    expect(validateObject(silent).errors).toEqual([]);
    expect(warnings(silent)).toEqual(["spec.domain.resources.requests.memory"]);
  });

  it("tell of a preset that selects everything", () => {
    expect(warnings(buildPreset("p", {}))).toEqual(["spec.selector"]);
    expect(warnings(buildPreset("p", {}, { matchLabels: {} }))).toEqual(["spec.selector"]);
    expect(warnings(buildPreset("p", {}, { matchLabels: { a: "b" } }))).toEqual([]);
  });
});

describe("presets", () => {
  it("have names that fit an annotation key", () => {
    expect(fieldsOf(buildPreset("m1.small", {}))).toEqual([]);
    expect(fieldsOf(buildPreset("p".repeat(64), {}))).toEqual(["metadata.name"]);
  });

  it("need a domain", () => {
    expect(fieldsOf({ ...buildPreset("p", {}), spec: {} })).toEqual(["spec.domain"]);
  });

  it("may bring disks whose volumes the machines have", () => {
    expect(fieldsOf(buildPreset("p", { devices: { disks: [{ name: "d", volumeName: "elsewhere" }] } }))).toEqual([]);
  });

  it("refuse a selector that means nothing, once", () => {
    const preset = buildPreset("p", {});
    const withExpression = (matchExpressions: unknown[]) => ({
      ...preset,
      spec: { domain: {}, selector: { matchExpressions } },
    });
    expect(fieldsOf(withExpression([{ key: "a", operator: "Like" }]))).toEqual([
      "spec.selector.matchExpressions[0].operator",
    ]);
    expect(fieldsOf(withExpression([{ key: "a", operator: "In", values: [] }]))).toEqual([
      "spec.selector.matchExpressions[0].values",
    ]);
  });
});
