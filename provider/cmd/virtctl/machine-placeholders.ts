/**
 * What only a node knows, made up for a document that no node has seen: the same for the same machine, of the same
 * shape as the node agent's. UID and hardware address follow from the machine's name, files are where the agent would
 * lay them below its folder of disks.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { macAddressOf } from "../../agent/network/mac";
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import type { Volume } from "../../api/v1alpha1/volumes";
import type { MachineFacts } from "../../core/convert";
import type { VolumeSource } from "../../core/convert/volume-source";
import { defaultNetwork } from "../virt-local/defaults";
import { systemVolumes } from "../virt-local/volume-directory";

/** Stands for the engine's UID. */
const noCluster = "00000000-0000-0000-0000-000000000000";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The machine with a UID: its own, or one that its name gives. */
export function withUid(vm: VirtualMachine): VirtualMachine {
  const { uid = "", namespace = "default", name = "" } = vm.metadata;
  if (uuid.test(uid)) return vm;
  return { ...vm, metadata: { ...vm.metadata, uid: uuidOf(`${namespace}/${name}`) } };
}

/** A name-based UUID of version 8 (RFC 9562): the version whose content is the maker's own. */
function uuidOf(text: string): string {
  const digits = createHash("sha256").update(text).digest("hex").slice(0, 32).split("");
  digits[12] = "8";
  digits[16] = "8";
  return digits.join("").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** `vm` has a UID. */
export function placeholderFacts(vm: VirtualMachine, domainType: MachineFacts["domainType"]): MachineFacts {
  const { uid = "" } = vm.metadata;
  return {
    domainType,
    arch: "x86_64",
    clusterUid: noCluster,
    uuid: uid,
    mac: macAddressOf(uid),
    network: { kind: "network", name: defaultNetwork },
    volumes: Object.fromEntries((vm.spec.volumes ?? []).map((volume) => [volume.name, placeholderSource(vm, volume)])),
    consoleLogPath: join(systemVolumes, "logs", uid, "console.log"),
  };
}

function placeholderSource({ metadata }: VirtualMachine, volume: Volume): VolumeSource {
  const { uid = "", namespace = "default" } = metadata;
  const machineFile = (extension: string) => join(systemVolumes, "machines", uid, `${volume.name}.${extension}`);
  const claimFile = (claim: string) => join(systemVolumes, "claims", namespace, claim, "disk.img");
  if (volume.persistentVolumeClaim !== undefined) {
    const { claimName, readOnly } = volume.persistentVolumeClaim;
    return { kind: "file", path: claimFile(claimName), format: "raw", ...(readOnly === true && { readOnly }) };
  }
  const claim = volume.ephemeral?.persistentVolumeClaim?.claimName;
  const overlay = { kind: "file", path: machineFile("qcow2"), format: "qcow2" } as const;
  if (claim !== undefined) return { ...overlay, backing: { path: claimFile(claim), format: "raw" } };
  if (volume.cloudInitNoCloud !== undefined) {
    return { kind: "file", path: machineFile("iso"), format: "raw" };
  }
  // An empty disk; or an overlay over a disk from a registry, of which nobody knows anything before it is pulled.
  return overlay;
}
