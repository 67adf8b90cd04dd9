/**
 * `features` → `<features>`. A Hyper-V feature brings what it needs and nobody spoke of; what this acceleration cannot
 * do, or what needs something that was switched off, is refused.
 */

import type { Timer } from "../../api/v1alpha1/clock";
import type { FeatureHyperv, Features } from "../../api/v1alpha1/features";
import { leastSpinlockRetries } from "../../api/v1alpha1/features";
import type { Features as FeaturesElement, Hyperv } from "../domain-xml/features";
import type { FieldError } from "../field-error";
import type { MachineFacts } from "./machine-facts";
import type { Section } from "./section";

const hypervField = "spec.domain.features.hyperv";

export function convertFeatures(
  features: Features,
  timer: Timer | undefined,
  domainType: MachineFacts["domainType"],
): Section<FeaturesElement> {
  const { acpi, apic, hyperv } = features;
  return {
    value: {
      acpi: isOn(acpi),
      ...(isOn(apic) && { apic: apic?.endOfInterrupt === undefined ? {} : { eoi: apic.endOfInterrupt } }),
      ...(hyperv && { hyperv: convertHyperv(withNeeds(hyperv)) }),
    },
    errors: hyperv === undefined ? [] : [...needsKvm(hyperv, domainType), ...needsOthers(hyperv, timer)],
  };
}

/** The timers with the one that synthetic timers count by. */
export function timersWithNeeds(timer: Timer | undefined, features: Features): Timer | undefined {
  if (!isOn(features.hyperv?.synictimer) || timer?.hyperv !== undefined) return timer;
  return { ...timer, hyperv: {} };
}

/** Synthetic timers need the synthetic interrupt controller, and that needs the processors' indices. */
function withNeeds(hyperv: FeatureHyperv): FeatureHyperv {
  const synic = hyperv.synic ?? (isOn(hyperv.synictimer) ? {} : undefined);
  const vpindex = hyperv.vpindex ?? (isOn(synic) ? {} : undefined);
  return { ...hyperv, ...(synic && { synic }), ...(vpindex && { vpindex }) };
}

interface Switch {
  readonly enabled?: boolean | undefined;
}

function isOn(feature: Switch | undefined): boolean {
  return feature !== undefined && feature.enabled !== false;
}

function convertHyperv(hyperv: FeatureHyperv): Hyperv {
  const { relaxed, vapic, spinlocks, vpindex, runtime, synic, synictimer, reset, vendorid } = hyperv;
  const state = (feature: Switch) => ({ state: isOn(feature) });
  return {
    ...(relaxed && { relaxed: state(relaxed) }),
    ...(vapic && { vapic: state(vapic) }),
    ...(spinlocks && { spinlocks: { ...state(spinlocks), ...retriesOf(spinlocks) } }),
    ...(vpindex && { vpindex: state(vpindex) }),
    ...(runtime && { runtime: state(runtime) }),
    ...(synic && { synic: state(synic) }),
    ...(synictimer && { stimer: state(synictimer) }),
    ...(reset && { reset: state(reset) }),
    ...(vendorid && {
      vendorId: { ...state(vendorid), ...(vendorid.vendorid === undefined ? {} : { value: vendorid.vendorid }) },
    }),
  };
}

function retriesOf(spinlocks: NonNullable<FeatureHyperv["spinlocks"]>): { readonly retries?: number } {
  if (spinlocks.spinlocks !== undefined) return { retries: spinlocks.spinlocks };
  return isOn(spinlocks) ? { retries: leastSpinlockRetries } : {};
}

/** These live in the kernel's KVM module; QEMU's own emulation has none of them. */
function needsKvm(hyperv: FeatureHyperv, domainType: MachineFacts["domainType"]): readonly FieldError[] {
  if (domainType === "kvm") return [];
  return (["vpindex", "synic", "synictimer"] as const)
    .filter((name) => isOn(hyperv[name]))
    .map((name) =>
      forbidden(name, "needs KVM, and this node emulates the processor; leave it out, or run on a node with KVM"),
    );
}

function needsOthers(hyperv: FeatureHyperv, timer: Timer | undefined): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { vendorid } = hyperv;
  const { synic, synictimer, vpindex } = withNeeds(hyperv);
  if (isOn(synictimer) && !isOn(synic)) errors.push(forbidden("synictimer", "needs `synic`, which is switched off"));
  if (isOn(synictimer) && timer?.hyperv?.present === false) {
    errors.push(forbidden("synictimer", "needs spec.domain.clock.timer.hyperv, which is switched off"));
  }
  if (isOn(synic) && !isOn(vpindex)) {
    const needing = hyperv.synic === undefined ? "synictimer" : "synic";
    errors.push(forbidden(needing, "needs `vpindex`, which is switched off"));
  }
  if (isOn(vendorid) && (vendorid?.vendorid ?? "") === "") {
    const detail = "must be given: up to 12 characters";
    errors.push({ type: "FieldValueRequired", field: `${hypervField}.vendorid.vendorid`, detail });
  }
  return errors;
}

function forbidden(name: keyof FeatureHyperv, detail: string): FieldError {
  return { type: "FieldValueForbidden", field: `${hypervField}.${name}`, detail };
}
