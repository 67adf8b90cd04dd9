import { describe, expect, test } from "vitest";
import { describeStartFailure, NameTakenError, UnsupportedSpecError } from "../../../provider/agent/start-failure";
import { ApiError } from "../../../provider/kube/errors";
import { HypervisorError, HypervisorUnavailableError } from "../../../provider/libvirt/hypervisor";

const refusal = (message: string) => new HypervisorError(message, { code: 1, domain: 10 });

describe("describeStartFailure", () => {
  test("makes one fault out of what QEMU said at two different times", () => {
    const at = (time: string) =>
      refusal(
        `internal error: qemu unexpectedly closed the monitor: 2026-01-02T03:04:${time}Z qemu-system-x86_64: no disk`,
      );
    expect(describeStartFailure(at("05.123456"))).toEqual(describeStartFailure(at("09.654321")));
    expect(describeStartFailure(at("05.123456"))?.message).toBe(
      "libvirt: internal error: qemu unexpectedly closed the monitor: qemu-system-x86_64: no disk",
    );
  });

  test("keeps times that QEMU did not put there", () => {
    expect(describeStartFailure(refusal("snapshot of 2026-01-02T03:04:05Z is missing"))?.message).toContain(
      "2026-01-02T03:04:05Z",
    );
  });

  test("names the domain that stands in the way and how to remove it", () => {
    const failure = describeStartFailure(new NameTakenError({ name: "default_web", uuid: "u-1" }));
    expect(failure).toMatchObject({ reason: "NameTaken", retryable: true });
    expect(failure?.message).toContain("undefine u-1");
  });

  test("gives up only on a spec that the node can never run, and lists its faults", () => {
    const failure = describeStartFailure(
      new UnsupportedSpecError([
        { type: "FieldValueNotSupported", field: "spec.domain.features.hyperv.vpindex", detail: "needs KVM" },
        {
          type: "FieldValueNotSupported",
          field: "spec.domain.devices.disks[0].disk.bus",
          badValue: "ide",
          detail: "not on q35",
        },
      ]),
    );
    expect(failure?.retryable).toBe(false);
    expect(failure?.message).toContain("spec.domain.features.hyperv.vpindex: needs KVM");
    expect(failure?.message).toContain('spec.domain.devices.disks[0].disk.bus: "ide": not on q35');
  });

  test("says nothing of a libvirt or an API that is away for a moment", () => {
    expect(describeStartFailure(new HypervisorUnavailableError("closed"))).toBeUndefined();
    expect(describeStartFailure(new ApiError("too many requests", { code: 429 }))).toBeUndefined();
  });
});
