import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AddressChoice, chooseAddress } from "../../../../provider/agent/network/choose-address";

const mac = "52:54:00:00:00:01";
const other = "52:54:00:00:00:02";

const choice = (change: Partial<AddressChoice["network"]> & Partial<Omit<AddressChoice, "network">> = {}) => {
  const { ranges, hosts, gateway, ...rest } = change;
  return {
    network: {
      gateway: gateway ?? "10.0.0.1",
      ranges: ranges ?? [{ start: "10.0.0.2", end: "10.0.0.4" }],
      hosts: hosts ?? [],
    },
    leases: [],
    mac,
    ...rest,
  };
};

describe("chooseAddress", () => {
  it("chooses the same address for the same card, and spreads different cards", () => {
    const ranges = [{ start: "10.0.0.2", end: "10.0.3.254" }];
    const wide = choice({ ranges });
    expect(chooseAddress(wide)).toBe(chooseAddress(wide));
    const chosen = Array.from({ length: 50 }, (_, index) => chooseAddress({ ...wide, mac: `52:54:00:00:01:${index}` }));
    expect(new Set(chosen).size).toBeGreaterThan(40);
  });

  it("leaves out what is reserved, leased to others, refused, or the gateway's own", () => {
    const picked = chooseAddress(
      choice({
        gateway: "10.0.0.2",
        ranges: [{ start: "10.0.0.2", end: "10.0.0.6" }],
        hosts: [{ mac: other, ip: "10.0.0.3" }],
        leases: [{ mac: other, ip: "10.0.0.4" }],
        refused: new Set(["10.0.0.5"]),
      }),
    );
    expect(picked).toBe("10.0.0.6");
  });

  it("may take an address that is leased to this very card", () => {
    const ranges = [{ start: "10.0.0.2", end: "10.0.0.2" }];
    expect(chooseAddress(choice({ ranges, leases: [{ mac, ip: "10.0.0.2" }] }))).toBe("10.0.0.2");
  });

  it("answers undefined when nothing is free, and when there is no usable range", () => {
    const ranges = [{ start: "10.0.0.2", end: "10.0.0.2" }];
    expect(chooseAddress(choice({ ranges, hosts: [{ mac: other, ip: "10.0.0.2" }] }))).toBeUndefined();
    expect(chooseAddress(choice({ ranges: [] }))).toBeUndefined();
    expect(chooseAddress(choice({ ranges: [{ start: "10.0.0.9", end: "10.0.0.2" }] }))).toBeUndefined();
    expect(chooseAddress(choice({ ranges: [{ start: "fd00::1", end: "fd00::9" }] }))).toBeUndefined();
  });

  it("finds the one free address, wherever it is among several ranges", () => {
    const ranges = [
      { start: "10.0.0.250", end: "10.0.1.5" },
      { start: "10.0.7.1", end: "10.0.7.3" },
    ];
    const all = [
      ...[250, 251, 252, 253, 254, 255].map((octet) => `10.0.0.${octet}`),
      ...[0, 1, 2, 3, 4, 5].map((octet) => `10.0.1.${octet}`),
      ...[1, 2, 3].map((octet) => `10.0.7.${octet}`),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.string(), (free, card) => {
        const hosts = all.filter((ip) => ip !== free).map((ip) => ({ mac: other, ip }));
        expect(chooseAddress({ ...choice({ ranges, hosts }), mac: `card ${card}` })).toBe(free);
      }),
    );
  });

  it("answers at once for the largest range there is", () => {
    const began = performance.now();
    expect(chooseAddress(choice({ ranges: [{ start: "0.0.0.0", end: "255.255.255.255" }] }))).toMatch(
      /^\d+(\.\d+){3}$/,
    );
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
