import { describe, expect, it } from "vitest";
import { z } from "zod";
import { DomainSpec } from "../../../../provider/api/v1alpha1/domain-spec";
import { settingsOf } from "../../../../provider/core/presets/settings";

const everything = {
  clock: { timezone: "UTC", utc: {}, timer: { hpet: {}, hyperv: {}, kvm: {}, pit: {}, rtc: {} } },
  cpu: { cores: 2 },
  devices: { disks: [{ name: "root", volumeName: "root" }], watchdog: { name: "w" } },
  features: {
    acpi: {},
    apic: {},
    hyperv: {
      relaxed: {},
      reset: {},
      runtime: {},
      spinlocks: {},
      synic: {},
      synictimer: {},
      vapic: {},
      vendorid: {},
      vpindex: {},
    },
  },
  firmware: { uuid: "x" },
  machine: { type: "pc" },
  resources: { requests: { memory: "1Gi" }, limits: { memory: "1Gi" } },
  watchdog: { name: "w" },
};

describe("settings", () => {
  it("are the smallest parts that mean something alone", () => {
    expect(settingsOf(everything).map(({ field }) => field.replace("spec.domain.", ""))).toEqual([
      "resources.requests.memory",
      "resources.limits.memory",
      "cpu.cores",
      "machine.type",
      "firmware.uuid",
      "clock.timezone",
      "clock.utc",
      ...["hpet", "hyperv", "kvm", "pit", "rtc"].map((timer) => `clock.timer.${timer}`),
      "features.acpi",
      "features.apic",
      ...Object.keys(everything.features.hyperv).map((feature) => `features.hyperv.${feature}`),
      "devices.watchdog",
      "watchdog",
      "devices.disks[name=root]",
    ]);
  });

  it("cover every field of the schema, so that a new field cannot be forgotten", () => {
    const json = z.toJSONSchema(DomainSpec, { io: "input" }) as { properties: Record<string, { properties?: object }> };
    const declared = Object.entries(json.properties).flatMap(([section, { properties }]) =>
      section === "watchdog" ? [section] : Object.keys(properties ?? {}).map((field) => `${section}.${field}`),
    );
    const covered = settingsOf(everything).map(({ place }) =>
      place.kind === "disk" ? "devices.disks" : place.keys.join("."),
    );
    expect(declared.filter((field) => !covered.some((one) => `${one}.`.startsWith(`${field}.`)))).toEqual([]);
  });

  it("are none in empty objects, and read no inherited property", () => {
    expect(settingsOf({ cpu: {}, clock: { timer: {} }, resources: { requests: {} }, machine: { type: "" } })).toEqual(
      [],
    );
    expect(settingsOf(undefined)).toEqual([]);
  });
});
