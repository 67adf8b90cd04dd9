/**
 * The original's rules of admission with its mistakes repaired, written apart from the implementation: which fields of an
 * object are at fault by them. Serves to judge objects for which nothing was recorded.
 */
import { child, childAt, isGiven, isObject, items } from "../../../provider/core/json-tree";

const mostItems = 256;
const mostBytes = 2048;
const targets = ["disk", "lun", "floppy", "cdrom"];
const sources = ["cloudInitNoCloud", "emptyDisk", "ephemeral", "persistentVolumeClaim", "registryDisk"];

/** The fields at fault, in no particular order. */
export function faultsByDefinition(object: unknown): ReadonlySet<string> {
  const spec = child(object, "spec");
  switch (child(object, "kind")) {
    case "VirtualMachinePreset":
      if (!isGiven(child(spec, "domain"))) return new Set(["spec.domain"]);
      return new Set(faultsOfPreset(child(spec, "domain")));
    case "VirtualMachine":
      return new Set(faultsOfMachine(spec, "spec"));
    default: {
      const template = child(spec, "template");
      if (!isGiven(template)) return new Set(["spec.template"]);
      return new Set(faultsOfMachine(child(template, "spec"), "spec.template.spec"));
    }
  }
}

function faultsOfPreset(domain: unknown): readonly string[] {
  const disks = items(childAt(domain, ["devices", "disks"]));
  const field = "spec.domain.devices.disks";
  return disks.length > mostItems ? [field] : faultsOfDisks(disks, field);
}

function faultsOfMachine(spec: unknown, field: string): readonly string[] {
  const disks = items(childAt(spec, ["domain", "devices", "disks"]));
  const volumes = items(child(spec, "volumes"));
  const disksField = `${field}.domain.devices.disks`;
  if (disks.length > mostItems) return [disksField];
  if (volumes.length > mostItems) return [`${field}.volumes`];
  return [
    ...faultsOfVolumeNames(disks, volumes, disksField),
    ...faultsOfDisks(disks, disksField),
    ...volumes.flatMap((volume, index) => faultsOfVolume(volume, `${field}.volumes[${index}]`)),
    ...repeated(volumes).map((index) => `${field}.volumes[${index}].name`),
  ];
}

/** Of several volumes of one name, the last one counts. */
function faultsOfVolumeNames(disks: readonly unknown[], volumes: readonly unknown[], field: string): readonly string[] {
  const byName = new Map(volumes.map((volume) => [textAt(volume, "name"), volume]));
  return disks.flatMap((disk, index) => {
    const name = textAt(disk, "volumeName");
    const volume = byName.get(name);
    const used = disks.slice(0, index).some((other) => textAt(other, "volumeName") === name);
    const misfit =
      isObject(child(disk, "lun")) && volume !== undefined && !isGiven(child(volume, "persistentVolumeClaim"));
    return [
      ...(volume === undefined || used ? [`${field}[${index}].volumeName`] : []),
      ...(misfit ? [`${field}[${index}].lun`] : []),
    ];
  });
}

function faultsOfDisks(disks: readonly unknown[], field: string): readonly string[] {
  const crowded = disks.flatMap((disk, index) =>
    targets.filter((target) => isGiven(child(disk, target))).length > 1 ? [`${field}[${index}]`] : [],
  );
  return [...crowded, ...repeated(disks).map((index) => `${field}[${index}].name`)];
}

function faultsOfVolume(volume: unknown, field: string): readonly string[] {
  const faults = sources.filter((source) => isGiven(child(volume, source))).length === 1 ? [] : [field];
  const cloudInit = child(volume, "cloudInitNoCloud");
  if (!isObject(cloudInit)) return faults;
  const encoded = textAt(cloudInit, "userDataBase64");
  const plain = textAt(cloudInit, "userData");
  const given = [textAt(child(cloudInit, "secretRef"), "name"), encoded, plain].filter((text) => text !== "");
  const compact = encoded.replace(/[\r\n]/g, "");
  const sound = compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact);
  const bytes = Buffer.byteLength(plain === "" ? Buffer.from(sound ? compact : "", "base64") : plain);
  return [
    ...faults,
    ...(sound ? [] : [`${field}.cloudInitNoCloud.userDataBase64`]),
    ...(given.length === 1 && bytes <= mostBytes ? [] : [`${field}.cloudInitNoCloud`]),
  ];
}

/** Positions of the items whose name an earlier one has. */
function repeated(list: readonly unknown[]): readonly number[] {
  const names = list.map((item) => textAt(item, "name"));
  return names.flatMap((name, index) => (names.indexOf(name) < index ? [index] : []));
}

function textAt(value: unknown, key: string): string {
  const text = child(value, key);
  return typeof text === "string" ? text : "";
}
