/**
 * What the node does next about one PersistentVolumeClaim. Pure. A claim that somebody declared gets a new, empty disk of
 * the size it asks for; one whose disk is imported names its volume and waits for it. Claims are written by anybody who
 * has kubectl, so nothing about their shape is taken for granted.
 *
 *   no disk ── asks for what no disk here is ─────────► refuse (stays Pending)
 *          ├── names a volume that is not its own ────► wait (it is being imported)
 *          ├── not marked as ours ────────────────────► adopt
 *          └── else ──────────────────────────────────► create
 *   disk ──── not marked as ours, or without a volume ► adopt
 *       ├──── smaller than asked for ─────────────────► grow
 *       └──── status says otherwise ──────────────────► bind
 */
import { formatQuantity, parseQuantity, quantityToBytes } from "../../api/quantity";
import { child, childAt, isGiven, items } from "../json-tree";

/** Keeps the claim until its disk has been removed. */
export const claimFinalizer = "kubernetes.io/pvc-protection";
export const localStorageClass = "local";

export interface ObservedClaim {
  readonly claim: unknown;
  /** Size of its disk in bytes; undefined when there is none. */
  readonly diskBytes: number | undefined;
  /** The largest disk that this node makes. */
  readonly mostBytes: number;
}

export type ClaimStep =
  | { readonly kind: "none" }
  | { readonly kind: "wait" }
  | { readonly kind: "refuse"; readonly why: string }
  | { readonly kind: "adopt"; readonly volumeName: string; readonly storageClassName: string }
  | { readonly kind: "create"; readonly bytes: number }
  | { readonly kind: "grow"; readonly bytes: number }
  | { readonly kind: "bind"; readonly bytes: number };

/** A machine's disk has one writer, wherever it runs. */
const oneWriter: ReadonlySet<unknown> = new Set(["ReadWriteOnce", "ReadWriteOncePod"]);
const sectorBytes = 512;

export function planClaim({ claim, diskBytes, mostBytes }: ObservedClaim): ClaimStep {
  const volumeName = childAt(claim, ["spec", "volumeName"]);
  const own = `pvc-${String(childAt(claim, ["metadata", "uid"]) ?? "")}`;
  const isBound = childAt(claim, ["status", "phase"]) === "Bound";
  const isMarked = items(childAt(claim, ["metadata", "finalizers"])).includes(claimFinalizer);
  const storageClassName = String(childAt(claim, ["spec", "storageClassName"]) ?? localStorageClass);
  const adopt = (name: string): ClaimStep => ({ kind: "adopt", volumeName: name, storageClassName });
  const wanted = wantedBytes(claim);
  if (diskBytes === undefined) {
    // Whatever became of its disk: an empty one in its place would look like the old one, wiped.
    if (isBound) return { kind: "none" };
    if (isGiven(volumeName) && volumeName !== "" && volumeName !== own) return { kind: "wait" };
    const why = faultOf(claim) ?? faultOfSize(wanted, mostBytes);
    if (why !== undefined) return { kind: "refuse", why };
    return isMarked && volumeName === own ? { kind: "create", bytes: wanted ?? 0 } : adopt(own);
  }
  const named = typeof volumeName === "string" && volumeName !== "";
  if (!isMarked || !named) return adopt(named ? volumeName : own);
  if (wanted !== undefined && wanted > diskBytes && wanted <= mostBytes) return { kind: "grow", bytes: wanted };
  const told = bytesOf(childAt(claim, ["status", "capacity", "storage"]));
  return isBound && told === diskBytes ? { kind: "none" } : { kind: "bind", bytes: diskBytes };
}

/** Whole sectors; undefined for what is no size. */
function wantedBytes(claim: unknown): number | undefined {
  const bytes = bytesOf(childAt(claim, ["spec", "resources", "requests", "storage"]));
  return bytes === undefined ? undefined : Math.ceil(bytes / sectorBytes) * sectorBytes;
}

function bytesOf(storage: unknown): number | undefined {
  const quantity = typeof storage === "string" || typeof storage === "number" ? parseQuantity(storage) : undefined;
  return quantity === undefined ? undefined : Number(quantityToBytes(quantity));
}

/** As a person would write it: `10Gi`. */
export function printCapacity(bytes: number): string {
  const exact = parseQuantity(bytes);
  return exact === undefined ? String(bytes) : formatQuantity({ ...exact, format: "binary" });
}

function faultOfSize(wanted: number | undefined, mostBytes: number): string | undefined {
  if (wanted === undefined) return "spec.resources.requests.storage must be a size, such as 10Gi";
  if (wanted > 0 && wanted <= mostBytes) return undefined;
  return `spec.resources.requests.storage must be more than 0 and at most ${mostBytes} bytes`;
}

function faultOf(claim: unknown): string | undefined {
  const spec = child(claim, "spec");
  const modes = items(child(spec, "accessModes"));
  if (modes.length === 0) return "spec.accessModes must be given: ReadWriteOnce";
  const shared = modes.find((mode) => !oneWriter.has(mode));
  if (shared !== undefined) {
    return `spec.accessModes: ${JSON.stringify(shared)} cannot be had: a disk has one writer here; use ReadWriteOnce, with readOnly: true in the volumes of machines that only read`;
  }
  const storageClass = child(spec, "storageClassName");
  if (isGiven(storageClass) && storageClass !== localStorageClass) {
    return `spec.storageClassName: ${JSON.stringify(storageClass)} is unknown here; leave it out, or use "${localStorageClass}"`;
  }
  const source = ["dataSource", "dataSourceRef", "selector"].find((field) => isGiven(child(spec, field)));
  return source === undefined
    ? undefined
    : `spec.${source} is not supported: disks begin empty, or with an image (virtctl image import)`;
}
