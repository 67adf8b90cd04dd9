/** Objects a little other than recorded ones: a value replaced, a field dropped, an item repeated. Always the same ones. */
import { isObject } from "../../provider/core/json-tree";
import { SeededRandom } from "../builders/seeded-random";

/** A number from 0 up to below `limit`. */
export type Random = (limit: number) => number;

/** The same numbers for the same seed. */
export function randomOf(seed: number): Random {
  const random = new SeededRandom(seed);
  return (limit) => random.bits() % limit;
}

/** Values to put into fields, by name of the field; each of the type that the field has. */
const values: Readonly<Record<string, readonly unknown[]>> = {
  bus: ["virtio", "sata", "scsi", "usb", "ide", "fdc", "VIRTIO"],
  tray: ["open", "closed", "ajar"],
  name: ["a", "b", "disk0", "vol0", "vol1", "My_Vol", "../x", "", "x".repeat(64)],
  volumeName: ["vol0", "vol1", "vol2", "v", "nowhere", ""],
  memory: ["64M", "1Gi", "1024Mi", "0.5Gi", "0", "-1", "500m", "1e9", 1_048_576],
  cpu: ["1", "1000m", "500m", "2", "-1", 4],
  cores: [0, 1, 2, 255, 256, 4_294_967_295],
  userData: ["", "x", "x".repeat(2048), "x".repeat(2049), "é".repeat(1025)],
  userDataBase64: ["", "YQ==", "YQ", "%%%", "YQ==\n", " YQ==", "eA==".repeat(513)],
  claimName: ["claim-a", "claim.b", "Claim_C"],
  image: ["kubevirt/cirros:latest", "host:5000/a/b@sha256:x", "Upper/case"],
  capacity: ["2Gi", "0", "-1Gi", "1"],
  spinlocks: [0, 4095, 4096, 8191],
  vendorid: ["KVMKVMKVM", "morethantwelvechars", "a,b", ""],
  action: ["reset", "poweroff", "shutdown", "explode"],
  tickPolicy: ["delay", "catchup", "merge", "discard", "bogus"],
  track: ["guest", "wall", "boot"],
  timezone: ["UTC", "Europe/Prague", "../etc"],
  offsetSeconds: [0, -3600, 2_147_483_647],
  uuid: ["11112222-3333-4444-5555-666677778888", "none"],
  type: ["q35", "pc", "pc-q35-2.10", "", "virt", "a b"],
  operator: ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "near"],
  values: [[], ["x"], ["x", "y"]],
  replicas: [0, 1, 3, -1],
  app: ["x", "y", ""],
};

/** Fields that a section may get. */
const additions: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  domain: [
    { clock: { timezone: "UTC", utc: {} } },
    { clock: { timer: { rtc: { track: "wall" } } } },
    { cpu: { cores: 2 } },
    { watchdog: { name: "w" } },
    { resources: { requests: { memory: "2Gi" }, limits: { memory: "1Gi" } } },
    { features: { hyperv: { synictimer: {} } } },
    { machine: { type: "pc" } },
  ],
  spec: [
    { nodeSelector: { zone: "a" } },
    { terminationGracePeriodSeconds: 5 },
    { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } } },
  ],
};

/** A copy of the object with one to three changes below its spec. */
export function mutated<T>(object: T, random: Random): T {
  const copy = structuredClone(object);
  const spec: unknown = isObject(copy) ? Reflect.get(copy, "spec") : undefined;
  for (let changes = 1 + random(3); changes > 0; changes -= 1) change(spec, random);
  return copy;
}

function change(root: unknown, random: Random): void {
  const places = placesOf(root, "spec");
  const place = places[random(places.length)];
  if (place === undefined) return;
  const { parent, key, name } = place;
  const value: unknown = Reflect.get(parent, key);
  const pool = isObject(value) ? undefined : values[name];
  const more = additions[name];
  if (pool !== undefined && (random(4) > 0 || isName(key))) Reflect.set(parent, key, pool[random(pool.length)]);
  else if (typeof value === "boolean") Reflect.set(parent, key, !value);
  else if (more !== undefined && isObject(value)) {
    Object.assign(value, structuredClone(more[random(more.length)]));
  } else if (!Array.isArray(parent)) Reflect.deleteProperty(parent, key);
  else if (random(2) === 0) parent.push(structuredClone(parent[Number(key)]));
  else parent.splice(Number(key), 1);
}

/** To the original, a name that is missing and one that is empty were the same; there is nothing to learn from it. */
function isName(key: string): boolean {
  return key === "name" || key === "volumeName";
}

/** A copy of a domain with changes. */
export function mutatedDomain(domain: unknown, random: Random): unknown {
  return mutated({ spec: { domain } }, random).spec.domain;
}

interface Place {
  readonly parent: object;
  readonly key: string;
  /** Name of the field; for an item, that of its list. */
  readonly name: string;
}

function placesOf(value: unknown, name: string): readonly Place[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const own = Array.isArray(value) ? name : key;
    return [{ parent: value, key, name: own }, ...placesOf(inner, own)];
  });
}
