/** Why the domain of a machine is another one here, or why there is none. */
import { parseQuantity, quantityToBytes } from "../../../provider/api/quantity";
import { defaultGracePeriodSeconds, defaultMemory } from "../../../provider/core/defaults";
import type { DomainCase } from "../areas/domain";
import { faultsByDefinition } from "../areas/validate-definition";
import type { Difference, Rule } from "../difference";
import { validateRules } from "./validate";
import { valueAt } from "./value-at";

/** A rule about a refusal of this project, given its field, where the original made a document. */
function refusal(id: string, explains: (field: string, recorded: DomainCase) => boolean): Rule<DomainCase> {
  return {
    id,
    explains(difference, recorded) {
      const field = /^refusal at (.*)$/.exec(difference.at)?.[1];
      return field !== undefined && explains(field, recorded);
    },
  };
}

/** A rule about what documents say, given what the machine's domain says at a path. */
function saying(
  id: string,
  explains: (difference: Difference, domain: (path: string) => unknown, recorded: DomainCase) => boolean,
): Rule<DomainCase> {
  return {
    id,
    explains: (difference, recorded) =>
      !difference.at.startsWith("refusal at ") &&
      explains(difference, (path) => valueAt(recorded.vm, `spec.domain.${path}`), recorded),
  };
}

const hyperv = "features.hyperv";

export const domainRules: readonly Rule<DomainCase>[] = [
  refusal("only-valid-machines-are-converted", (field, { vm }) => {
    if (faultsByDefinition(vm).has(field)) return true;
    const verdict = { object: vm, allowed: true, fields: new Set<string>(), misdirected: false };
    return validateRules.some((rule) => rule.explains({ at: field, ours: "at fault", theirs: undefined }, verdict));
  }),
  refusal("emulation-has-no-such-feature", (field, { kvm }) => {
    return !kvm && /\.features\.hyperv\.(vpindex|synic|synictimer)$/.test(field);
  }),
  refusal("a-feature-needs-what-is-switched-off", (field, { vm }) => {
    const isOff = (path: string, key: string) => valueAt(vm, `spec.domain.${path}.${key}`) === false;
    return (
      /\.features\.hyperv\.(synic|synictimer)$/.test(field) &&
      (isOff(`${hyperv}.vpindex`, "enabled") ||
        isOff(`${hyperv}.synic`, "enabled") ||
        isOff("clock.timer.hyperv", "present"))
    );
  }),
  refusal("refused-before-libvirt-refuses", (field, { defines }) => {
    return defines === false && field.startsWith("spec.domain.");
  }),
  saying("memory-is-exact", ({ at, ours, theirs }, domain) => {
    const requested = bytesOf(domain("resources.requests.memory"));
    if (at !== "memory" || requested === undefined) return false;
    const recorded = [requested, ((requested + 999_999n) / 1_000_000n) * 1_000_000n, 0n];
    return ours === inKibibytes(requested) && recorded.some((one) => theirs === `${one} bytes`);
  }),
  saying("memory-that-a-guest-can-use", ({ at, ours }, domain) => {
    const meant = bytesOf(domain("resources.limits.memory") ?? defaultMemory);
    const asked = domain("resources.requests.memory") !== undefined;
    return at === "memory" && !asked && meant !== undefined && ours === inKibibytes(meant);
  }),
  saying("time-to-shut-down", ({ at, ours, theirs }, _domain, { vm }) => {
    const asked = vm.spec.terminationGracePeriodSeconds;
    return at === "grace period" && asked === undefined && ours === String(defaultGracePeriodSeconds) && theirs === "0";
  }),
  saying("the-time-zone-is-kept", ({ at, ours, theirs }, domain) => {
    return at === "clock" && ours === `timezone ${domain("clock.timezone")}` && theirs === "timezone";
  }),
  saying("end-of-interrupt-is-kept", ({ at, ours }, domain) => {
    return at === "feature apic" && ours === `eoi=${domain("features.apic.endOfInterrupt") === true ? "on" : "off"}`;
  }),
  saying("hyperv-features-bring-what-they-need", ({ at, ours, theirs }, domain) => {
    if (
      theirs !== undefined ||
      domain(`${hyperv}.${domain(`${hyperv}.synictimer`) ? "synictimer" : "synic"}`) === undefined
    )
      return false;
    if (at === "timer hypervclock") return ours === "present=yes" && domain("clock.timer.hyperv") === undefined;
    return (
      /^feature hyperv (synic|vpindex)$/.test(at) &&
      ours === "state=on" &&
      domain(`${hyperv}.${at.slice(15)}`) === undefined
    );
  }),
  saying("default-namespace", ({ at, ours, theirs }, _domain, { vm }) => {
    return at === "name" && vm.metadata.namespace === undefined && ours === `default${theirs}`;
  }),
  saying("one-core-unless-said", ({ at, ours }, domain) => {
    return !domain("cpu.cores") && (at === "cores" ? ours === "1" : at === "topology" && ours === undefined);
  }),
  saying("defaults-before-conversion", ({ at, ours, theirs }, domain, { defaulted }) => {
    if (defaulted || ours === undefined) return false;
    if (at === "answer")
      return domain("devices.watchdog") !== undefined && domain("devices.watchdog.i6300esb") === undefined;
    if (at === "feature acpi") return theirs === undefined && domain("features.acpi.enabled") !== false;
    if (/^feature hyperv /.test(at)) return ours.startsWith("state=on");
    return /^machine type$|^disk .* (device|bus|dev|tray|readonly)$/.test(at);
  }),
  saying("letters-are-counted-by-prefix", ({ at, ours, theirs }) => {
    return / dev$/.test(at) && ours !== undefined && (theirs === undefined || theirs.slice(0, 2) === ours.slice(0, 2));
  }),
  saying("host-processor-under-kvm", ({ at, ours, theirs }, _domain, { kvm }) => {
    return at === "processor" && kvm && ours === "host-model" && theirs === undefined;
  }),
  saying("network-and-consoles-of-the-node", ({ at, theirs }) => {
    return theirs !== undefined && (at === "network card" || at === "serial console");
  }),
  saying("emulation-where-there-is-no-kvm", ({ at, theirs }, _domain, { kvm }) => {
    return at === "answer" && !kvm && /\/dev\/kvm/.test(theirs ?? "");
  }),
  saying("a-uuid-is-derived", ({ at, ours }, domain) => {
    return at === "firmware UUID" && ours === undefined && !domain("firmware.uuid");
  }),
  { id: "no-crash", explains: ({ at }, { answer }) => at === "answer" && answer.is === "crash" },
];

function bytesOf(quantity: unknown): bigint | undefined {
  const exact = typeof quantity === "string" || typeof quantity === "number" ? parseQuantity(quantity) : undefined;
  return exact === undefined ? undefined : quantityToBytes(exact);
}

function inKibibytes(bytes: bigint): string {
  return `${((bytes + 1023n) / 1024n) * 1024n} bytes`;
}
