import { describe, expect, it } from "vitest";
import { AddressBook, AddressError } from "../../../../provider/agent/network/address";
import { HypervisorError, HypervisorUnavailableError } from "../../../../provider/libvirt/hypervisor";
import { FakeHypervisor, fakeNetwork } from "../../../fakes/hypervisor";

const mac = "52:54:00:00:00:01";
const cards = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    mac: `52:54:00:00:00:${index.toString(16).padStart(2, "0")}`,
    name: `vm-${index}`,
  }));

describe("AddressBook", () => {
  it("reserves an address in libvirt's network and gives the same one when asked again", async () => {
    const hypervisor = new FakeHypervisor();
    const { ip } = await new AddressBook(hypervisor, "default").reserve({ mac: mac.toUpperCase(), name: "web" });
    expect((await hypervisor.describeNetwork("default"))?.hosts).toEqual([{ mac, ip, name: "web" }]);
    // Another book has no memory of the first: what it knows is in libvirt.
    expect(await new AddressBook(hypervisor, "default").reserve({ mac, name: "web" })).toEqual({ ip });
  });

  it("tells before anything is reserved whether an address can be had", async () => {
    const hypervisor = new FakeHypervisor({
      networks: [{ ...fakeNetwork, ranges: [{ start: "192.168.122.2", end: "192.168.122.2" }] }],
    });
    const book = new AddressBook(hypervisor, "default");
    await book.look(mac);
    expect((await hypervisor.describeNetwork("default"))?.hosts).toEqual([]);
    await book.reserve({ mac, name: "web" });
    await book.look(mac.toUpperCase());
    await expect(book.look("52:54:00:00:00:02")).rejects.toThrow(AddressError);
    await expect(new AddressBook(hypervisor, "absent").look(mac)).rejects.toThrow(/no network "absent"/);
  });

  it("forgets a reservation, and takes none for an answer", async () => {
    const hypervisor = new FakeHypervisor();
    const book = new AddressBook(hypervisor, "default");
    await book.reserve({ mac, name: "web" });
    await book.release(mac);
    await book.release(mac);
    expect((await hypervisor.describeNetwork("default"))?.hosts).toEqual([]);
  });

  it("gives many cards at once an address each", async () => {
    const hypervisor = new FakeHypervisor({
      networks: [{ ...fakeNetwork, ranges: [{ start: "192.168.122.2", end: "192.168.122.21" }] }],
    });
    const book = new AddressBook(hypervisor, "default");
    const given = await Promise.all(cards(20).map((card) => book.reserve(card)));
    expect(new Set(given.map(({ ip }) => ip)).size).toBe(20);
  });

  it("does not collide with another engine on the same network", async () => {
    const hypervisor = new FakeHypervisor({
      networks: [{ ...fakeNetwork, ranges: [{ start: "192.168.122.2", end: "192.168.122.21" }] }],
    });
    const books = [new AddressBook(hypervisor, "default"), new AddressBook(hypervisor, "default")];
    const given = await Promise.all(
      cards(20).map((card, index) => (books[index % 2] ?? new AddressBook(hypervisor, "default")).reserve(card)),
    );
    expect(new Set(given.map(({ ip }) => ip)).size).toBe(20);
  });

  it("tries the next address when libvirt refuses one that looked free", async () => {
    const hypervisor = new FakeHypervisor();
    const first = await new AddressBook(new FakeHypervisor(), "default").reserve({ mac, name: "web" });
    hypervisor.failNext(
      "addDhcpHost",
      new HypervisorError("there is an existing dhcp host entry", { code: 55, domain: 19 }),
    );
    const second = await new AddressBook(hypervisor, "default").reserve({ mac, name: "web" });
    expect(second.ip).not.toBe(first.ip);
  });

  it("gives up with libvirt's words when every address is refused", async () => {
    const hypervisor = new FakeHypervisor();
    for (let count = 0; count < 100; count += 1) {
      hypervisor.failNext("addDhcpHost", new HypervisorError("read-only file system", { code: 38, domain: 19 }));
    }
    await expect(new AddressBook(hypervisor, "default").reserve({ mac, name: "web" })).rejects.toThrow(/read-only/);
    expect(hypervisor.calls.filter(({ verb }) => verb === "addDhcpHost").length).toBeLessThan(20);
  });

  it("leaves the name out when another machine has it, or when libvirt would not take it", async () => {
    const hypervisor = new FakeHypervisor();
    const book = new AddressBook(hypervisor, "default");
    for (const [index, name] of ["web", "web", "1st", "with.dots"].entries()) {
      await book.reserve({ mac: `52:54:00:00:00:0${index}`, name });
    }
    const hosts = (await hypervisor.describeNetwork("default"))?.hosts ?? [];
    expect(hosts.map((host) => host.name)).toEqual(["web", undefined, undefined, undefined]);
  });

  it("does not give an address that is leased to another card", async () => {
    const hypervisor = new FakeHypervisor({
      networks: [{ ...fakeNetwork, ranges: [{ start: "192.168.122.2", end: "192.168.122.3" }] }],
    });
    hypervisor.leases.set("default", [{ mac: "52:54:00:00:00:99", ip: "192.168.122.2" }]);
    expect(await new AddressBook(hypervisor, "default").reserve({ mac, name: "web" })).toEqual({ ip: "192.168.122.3" });
  });

  it("says what to do when no address is free", async () => {
    const hypervisor = new FakeHypervisor({
      networks: [{ ...fakeNetwork, ranges: [{ start: "192.168.122.2", end: "192.168.122.2" }] }],
    });
    const book = new AddressBook(hypervisor, "default");
    await book.reserve({ mac, name: "web" });
    const attempt = book.reserve({ mac: "52:54:00:00:00:02", name: "db" });
    await expect(attempt).rejects.toThrow(AddressError);
    await expect(attempt).rejects.toThrow(
      'network "default" has no free address: its DHCP range is 192.168.122.2 to 192.168.122.2, 1 reserved, 0 leased; remove machines',
    );
  });

  it("starts a network that is defined but not active", async () => {
    const hypervisor = new FakeHypervisor({ networks: [{ ...fakeNetwork, active: false }] });
    await new AddressBook(hypervisor, "default").reserve({ mac, name: "web" });
    expect((await hypervisor.describeNetwork("default"))?.active).toBe(true);
  });

  it("says what to do when the network does not start", async () => {
    const hypervisor = new FakeHypervisor({ networks: [{ ...fakeNetwork, active: false }] });
    hypervisor.failNext("startNetwork", new HypervisorError("cannot write to ip_forward", { code: 38, domain: 19 }));
    const attempt = new AddressBook(hypervisor, "default").reserve({ mac, name: "web" });
    await expect(attempt).rejects.toThrow(AddressError);
    await expect(attempt).rejects.toThrow(
      /cannot write to ip_forward; it needs dnsmasq .*sysctl -w net.ipv4.ip_forward=1/,
    );
  });

  it("says how to define the network when there is none", async () => {
    const attempt = new AddressBook(new FakeHypervisor({ networks: [] }), "default").reserve({ mac, name: "web" });
    await expect(attempt).rejects.toThrow(AddressError);
    await expect(attempt).rejects.toThrow(/virsh net-define \/usr\/share\/libvirt\/networks\/default.xml/);
  });

  it("passes on that libvirt is away, and works when it is back", async () => {
    const hypervisor = new FakeHypervisor();
    const book = new AddressBook(hypervisor, "default");
    hypervisor.goAway();
    await expect(book.reserve({ mac, name: "web" })).rejects.toThrow(HypervisorUnavailableError);
    hypervisor.comeBack();
    expect((await book.reserve({ mac, name: "web" })).ip).toMatch(/^192\.168\.122\./);
  });
});
