/** `<features>` and `<clock>` → `features` and `clock` of a machine. */
import type { Clock, Timer } from "../../api/v1alpha1/clock";
import { type Features, leastSpinlockRetries } from "../../api/v1alpha1/features";
import { clock as clockElement, type Timer as TimerElement, timer as timerElement } from "../domain-xml/clock";
import { attributeOf, childrenNamed, type XmlNode } from "../domain-xml/xml-node";
import { elementsOf, type Ledger } from "./loss";

/** XML's name → the API's. */
const hypervNames = {
  relaxed: "relaxed",
  vapic: "vapic",
  spinlocks: "spinlocks",
  vpindex: "vpindex",
  runtime: "runtime",
  synic: "synic",
  stimer: "synictimer",
  reset: "reset",
  vendor_id: "vendorid",
} as const;

export function readFeatures(node: XmlNode | undefined, ledger: Ledger): Features | undefined {
  const features: Record<string, unknown> = {};
  const parts = node === undefined ? [] : elementsOf(node);
  if (node !== undefined) ledger.take(node);
  const acpi = parts.find(({ name }) => name === "acpi");
  if (acpi === undefined) features.acpi = { enabled: false };
  else ledger.take(acpi);
  const apic = parts.find(({ name }) => name === "apic");
  if (apic !== undefined) {
    ledger.take(apic, "eoi");
    const eoi = attributeOf(apic, "eoi");
    features.apic = eoi === undefined ? {} : { endOfInterrupt: eoi === "on" };
  }
  const hyperv = parts.find(({ name }) => name === "hyperv");
  if (hyperv !== undefined) {
    if (attributeOf(hyperv, "mode") === "custom") ledger.take(hyperv, "mode");
    else ledger.take(hyperv);
    features.hyperv = readHyperv(hyperv, ledger);
  }
  return Object.keys(features).length === 0 ? undefined : (features as Features);
}

function readHyperv(node: XmlNode, ledger: Ledger): object {
  return Object.fromEntries(
    elementsOf(node).flatMap((part): readonly (readonly [string, object])[] => {
      const name = Object.hasOwn(hypervNames, part.name)
        ? hypervNames[part.name as keyof typeof hypervNames]
        : undefined;
      if (name === undefined) return [];
      ledger.take(part, "state");
      const enabled = attributeOf(part, "state") !== "off";
      const state = enabled ? {} : { enabled };
      if (name === "spinlocks") return [[name, { ...state, ...retriesOf(part, ledger) }]];
      if (name !== "vendorid") return [[name, state]];
      ledger.take(part, "value");
      const value = attributeOf(part, "value");
      return [[name, { ...state, ...(value === undefined ? {} : { vendorid: value }) }]];
    }),
  );
}

function retriesOf(node: XmlNode, ledger: Ledger): object {
  const retries = Number(attributeOf(node, "retries"));
  if (!Number.isSafeInteger(retries)) return {};
  if (retries >= leastSpinlockRetries) {
    ledger.take(node, "retries");
    return { spinlocks: retries };
  }
  ledger.lose(node, `must be at least ${leastSpinlockRetries}`, "retries");
  return {};
}

export function readClock(node: XmlNode | undefined, ledger: Ledger): Clock | undefined {
  if (node === undefined) return undefined;
  ledger.take(node);
  const timer = readTimers(childrenNamed(node, "timer"), ledger);
  const clock = { ...readOffset(node, ledger), ...(timer === undefined ? {} : { timer }) };
  return Object.keys(clock).length === 0 ? undefined : clock;
}

const seconds = /^-?\d{1,10}$/;

function readOffset(node: XmlNode, ledger: Ledger): Clock {
  const offset = attributeOf(node, "offset");
  const decoded = clockElement.decode({ ...node, children: [] });
  const adjustment = decoded?.adjustment;
  if (decoded?.offset === "timezone" && decoded.timezone !== undefined) {
    ledger.take(node, "offset", "timezone");
    return { timezone: decoded.timezone };
  }
  const basis = attributeOf(node, "basis") ?? "utc";
  if (decoded?.offset === "variable" && basis === "utc" && adjustment !== undefined && seconds.test(adjustment)) {
    // libvirt's own spelling of UTC with seconds.
    ledger.take(node, "offset", "basis", "adjustment");
    return { utc: { offsetSeconds: Number(adjustment) } };
  }
  if (decoded?.offset !== "utc") {
    ledger.lose(
      node,
      `a clock starts at UTC, ahead of it, or in a named zone; ${offset === "localtime" ? "set clock.timezone to the node's zone" : "it starts at UTC"}`,
      "offset",
    );
    return {};
  }
  ledger.take(node, "offset");
  if (adjustment === undefined) return {};
  const offsetSeconds = seconds.test(adjustment) ? Number(adjustment) : undefined;
  if (adjustment !== "reset" && offsetSeconds === undefined) return {};
  ledger.take(node, "adjustment");
  return { utc: offsetSeconds === undefined ? {} : { offsetSeconds } };
}

/** XML's name → the API's, and the words that it has for them. */
const timerNames: Readonly<Partial<Record<TimerElement["name"], keyof Timer>>> = {
  rtc: "rtc",
  pit: "pit",
  kvmclock: "kvm",
  hpet: "hpet",
  hypervclock: "hyperv",
};
const policies: Readonly<Record<string, readonly string[]>> = {
  rtc: ["delay", "catchup"],
  pit: ["delay", "catchup", "discard"],
  hpet: ["delay", "catchup", "merge", "discard"],
};

function readTimers(nodes: readonly XmlNode[], ledger: Ledger): Timer | undefined {
  const timers: Record<string, object> = {};
  for (const node of nodes) {
    const decoded = timerElement.decode(node);
    const name = decoded && timerNames[decoded.name];
    if (decoded === undefined || name === undefined) continue;
    const { present, tickpolicy, track } = decoded;
    ledger.take(node, "name", "present");
    const hasPolicy = tickpolicy !== undefined && policies[name]?.includes(tickpolicy) === true;
    if (hasPolicy) ledger.take(node, "tickpolicy");
    const hasTrack = name === "rtc" && (track === "guest" || track === "wall");
    if (hasTrack) ledger.take(node, "track");
    timers[name] = {
      ...(present === false ? { present } : {}),
      ...(hasPolicy ? { tickPolicy: tickpolicy } : {}),
      ...(hasTrack ? { track } : {}),
    };
  }
  return Object.keys(timers).length === 0 ? undefined : timers;
}
