/** A node's facts for tests: emulation, libvirt's default network, and one image for each volume named. */
import type { MachineFacts } from "../../provider/core/convert";
import { builtUid } from "./virtual-machine";

export function buildMachineFacts(changes: Partial<MachineFacts> = {}): MachineFacts {
  return {
    domainType: "qemu",
    arch: "x86_64",
    clusterUid: "cluster-1",
    uuid: builtUid,
    mac: "52:54:00:12:34:56",
    network: { kind: "network", name: "default" },
    volumes: {},
    ...changes,
  };
}

/** A raw file for each name. */
export function rawFiles(...names: readonly string[]): MachineFacts["volumes"] {
  return Object.fromEntries(names.map((name) => [name, { kind: "file", path: `/images/${name}.img`, format: "raw" }]));
}
