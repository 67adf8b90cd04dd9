import { describe, expect, it } from "vitest";
import { isObject } from "../../../../provider/core/json-tree";
import { validateObject } from "../../../../provider/core/validation";
import { buildOfflineVirtualMachine, buildReplicaSet } from "../../../builders/owners";
import { buildPreset } from "../../../builders/preset";
import { buildVirtualMachine } from "../../../builders/virtual-machine";

const marker = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const isUnknown = (value: unknown) => value === marker;

const full = {
  ...buildVirtualMachine({ metadata: { labels: { size: "small" }, annotations: { note: "x" } } }),
  spec: {
    domain: {
      clock: { utc: { offsetSeconds: 5 }, timer: { rtc: { track: "guest", tickPolicy: "delay", present: true } } },
      cpu: { cores: 2 },
      devices: {
        disks: [
          { name: "root", volumeName: "root", disk: { bus: "virtio", readonly: false } },
          { name: "seed", volumeName: "seed", cdrom: { bus: "sata", tray: "open" } },
          { name: "lun", volumeName: "lun", lun: {} },
        ],
        watchdog: { name: "w", i6300esb: { action: "reset" } },
      },
      features: { hyperv: { spinlocks: { spinlocks: 8191 }, vendorid: { vendorid: "x" } } },
      firmware: { uuid: "11112222-3333-4444-5555-666677778888" },
      machine: { type: "q35" },
      resources: { requests: { memory: "1Gi", cpu: "1" }, limits: { memory: "2Gi" } },
    },
    volumes: [
      { name: "root", ephemeral: { persistentVolumeClaim: { claimName: "tiny" } } },
      { name: "seed", cloudInitNoCloud: { userData: "x" } },
      { name: "lun", persistentVolumeClaim: { claimName: "lun" } },
    ],
    nodeSelector: { zone: "a" },
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: "zone", operator: "In", values: ["a"] }] }],
        },
      },
    },
    terminationGracePeriodSeconds: 5,
  },
};

const preset = buildPreset("p", full.spec.domain.cpu === undefined ? {} : { cpu: full.spec.domain.cpu }, {
  matchExpressions: [{ key: "size", operator: "In", values: ["small"] }],
});

const template = { metadata: { name: "web", labels: { app: "web" } }, spec: buildVirtualMachine().spec };
const ovm = buildOfflineVirtualMachine({ template });
const olderOvm = buildOfflineVirtualMachine({ running: true, template });
const set = {
  ...buildReplicaSet({ replicas: 3, paused: false, template }),
  spec: {
    ...buildReplicaSet({ template }).spec,
    selector: { matchLabels: { app: "web" }, matchExpressions: [{ key: "app", operator: "In", values: ["web"] }] },
  },
};
const samples: Readonly<Record<string, unknown>> = { vm: full, preset, ovm, olderOvm, set };

/** Every copy of a tree in which one value, leaf or branch, is a marker. */
function withOneMarker(value: unknown, path = ""): { path: string; copy: unknown }[] {
  const here = { path, copy: marker };
  if (Array.isArray(value)) {
    const inner = value.flatMap((item: unknown, index) =>
      withOneMarker(item, `${path}[${index}]`).map((one) => ({
        path: one.path,
        copy: value.map((other: unknown, at) => (at === index ? one.copy : other)),
      })),
    );
    return [here, ...inner];
  }
  if (!isObject(value)) return [here];
  const inner = Object.entries(value).flatMap(([key, item]) =>
    withOneMarker(item, `${path}.${key}`).map((one) => ({ path: one.path, copy: { ...value, [key]: one.copy } })),
  );
  return [here, ...inner];
}

describe("values not known yet", () => {
  it("starts from objects without faults", () => {
    for (const sample of Object.values(samples)) expect(validateObject(sample).errors).toEqual([]);
  });

  const cases = Object.entries(samples).flatMap(([name, sample]) => withOneMarker(sample, name));
  it.each(cases.map(({ path, copy }) => [path, copy] as const))("pass at %s", (_path, copy) => {
    expect(validateObject(copy, { isUnknown }).errors).toEqual([]);
  });

  it("do not excuse a field that does not exist", () => {
    const vm = { ...full, spec: { ...full.spec, domain: { ...full.spec.domain, cpuu: marker } } };
    expect(validateObject(vm, { isUnknown }).errors).toEqual([
      { type: "FieldValueForbidden", field: "spec.domain.cpuu", detail: "unknown field; did you mean `cpu`?" },
    ]);
  });

  it("hide no fault beside them", () => {
    const vm = { ...full, spec: { ...full.spec, domain: { ...full.spec.domain, cpu: { cores: 0 }, machine: marker } } };
    expect(validateObject(vm, { isUnknown }).errors.map(({ field }) => field)).toEqual(["spec.domain.cpu.cores"]);
  });
});
