/** Who this node is, and what it gives to every machine that it runs. */
export interface NodeIdentity {
  readonly name: string;
  /** UID of the engine or cluster, written into each domain. */
  readonly clusterUid: string;
  readonly domainType: "kvm" | "qemu";
  readonly arch: string;
}
