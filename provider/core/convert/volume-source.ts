/** Where a volume's bytes are on the node, once the agent has prepared them: what the converter puts under `<disk>`. */
export interface VolumeSource {
  readonly kind: "file" | "block";
  /** Absolute path on the node. */
  readonly path: string;
  /** Always explicit, never probed by QEMU. */
  readonly format: "raw" | "qcow2";
  /** The read-only image below a copy-on-write overlay. */
  readonly backing?: { readonly path: string; readonly format: "raw" | "qcow2" };
  /** True when the guest must not write to it, whatever its disk says. */
  readonly readOnly?: boolean;
}

/** Volume name → source. */
export type VolumeSources = Readonly<Record<string, VolumeSource>>;
