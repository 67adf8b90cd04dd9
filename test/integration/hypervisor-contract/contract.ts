/**
 * What every Hypervisor does, whatever is behind it. A subject says how to get one, which network it may use, and how to
 * end a guest behind the hypervisor's back; the suite leaves no domain and no reservation behind.
 */
import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { agentChannelOf } from "../../../provider/agent/guests/agent-channel";
import {
  ConsoleBusyError,
  type DomainEvent,
  type DomainRef,
  type Hypervisor,
  HypervisorError,
} from "../../../provider/libvirt/hypervisor";

export interface ContractSubject {
  connect(): Promise<Hypervisor>;
  /** A network that is defined and may be started. */
  readonly network: string;
}

/** A guest with no disk: it starts, finds nothing to boot, and stays. */
export function idleDomainXml(domain: { name: string; uuid: string }): string {
  return `<domain type="qemu">
  <name>${domain.name}</name>
  <uuid>${domain.uuid}</uuid>
  <memory unit="MiB">32</memory>
  <vcpu>1</vcpu>
  <os><type arch="x86_64" machine="q35">hvm</type></os>
  <features><acpi/></features>
  <devices><memballoon model="none"/></devices>
</domain>`;
}

/** Resolves when nothing more comes, for whatever reason. */
function ended(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    stream.on("error", () => undefined);
    stream.once("end", () => stream.destroy());
    stream.once("close", resolve);
    stream.resume();
  });
}

async function isFree(hypervisor: Hypervisor, domain: DomainRef): Promise<boolean> {
  try {
    (await hypervisor.openConsole(domain, "ifFree")).destroy();
    return true;
  } catch (error) {
    if (error instanceof ConsoleBusyError) return false;
    throw error;
  }
}

export function describeHypervisorContract(title: string, subject: ContractSubject): void {
  describe(`a hypervisor: ${title}`, () => {
    let hypervisor: Hypervisor;
    let domain: { name: string; uuid: string };
    const mac = "52:54:00:00:0c:01";
    const otherMac = "52:54:00:00:0c:02";

    beforeAll(async () => {
      hypervisor = await subject.connect();
      if ((await hypervisor.describeNetwork(subject.network))?.active === false) {
        await hypervisor.startNetwork(subject.network);
      }
    });

    afterAll(async () => {
      await hypervisor.close();
    });

    const fresh = () => {
      const uuid = randomUUID();
      domain = { name: `contract_${uuid.slice(0, 8)}`, uuid };
      return idleDomainXml(domain);
    };

    afterEach(async () => {
      const left = (await hypervisor.listDomains()).filter((candidate) => candidate.name.startsWith("contract_"));
      for (const candidate of left) {
        await hypervisor.destroy(candidate);
        await hypervisor.undefine(candidate);
      }
      await hypervisor.removeDhcpHost(subject.network, mac);
      await hypervisor.removeDhcpHost(subject.network, otherMac);
    });

    it("describes its node", async () => {
      const node = await hypervisor.describeNode();
      expect(node.hostname).not.toBe("");
      expect(node.cpus).toBeGreaterThan(0);
      expect(node.memoryBytes).toBeGreaterThan(64 * 1024 * 1024);
      expect(node.libvirtVersion).toMatch(/^\d+\.\d+\.\d+$/);
    });

    it("describes the emulator with a machine name that it accepts", async () => {
      const emulator = await hypervisor.describeEmulator("qemu");
      expect(emulator).toMatchObject({ domainType: "qemu", arch: "x86_64" });
      expect(emulator?.machine).toMatch(/q35/);
      expect(emulator?.emulator).toMatch(/^\//);
      expect(emulator?.maxCpus).toBeGreaterThan(0);
    });

    it("knows the machine types of an architecture, with their short names, and none of one that it has not", async () => {
      const types = await hypervisor.machineTypes("x86_64");
      expect(types).toEqual(expect.arrayContaining(["pc", "q35"]));
      expect(types.some((type) => /^pc-q35-\d/.test(type))).toBe(true);
      expect(new Set(types).size).toBe(types.length);
      expect(await hypervisor.machineTypes("pdp11")).toEqual([]);
    });

    it("defines a domain that is off and found by uuid, by name and in the list", async () => {
      const xml = fresh();
      const defined = await hypervisor.define(xml);
      expect(defined).toEqual({ ...domain, id: -1 });
      expect(await hypervisor.lookupByUuid(domain.uuid)).toEqual(defined);
      expect(await hypervisor.lookupByName(domain.name)).toEqual(defined);
      expect(await hypervisor.listDomains()).toContainEqual(defined);
      expect((await hypervisor.domainStatus(defined)).state).toBe("shutoff");
      expect(await hypervisor.domainXml(defined)).toContain(domain.uuid);
      expect(await hypervisor.domainDefinition(defined)).toContain(domain.uuid);
    });

    it("shows of a running domain whether the guest's agent has opened its channel, if it has one", async () => {
      const withChannel = fresh().replace(
        "<devices>",
        `<devices><channel type="unix"><target type="virtio" name="org.qemu.guest_agent.0"/></channel>`,
      );
      const started = await hypervisor.start(await hypervisor.define(withChannel));
      expect(agentChannelOf(await hypervisor.domainXml(started))).toBe("disconnected");
      const without = await hypervisor.start(await hypervisor.define(fresh()));
      expect(agentChannelOf(await hypervisor.domainXml(without))).toBe("none");
    });

    it("answers undefined for a domain that is not there", async () => {
      expect(await hypervisor.lookupByUuid(randomUUID())).toBeUndefined();
      expect(await hypervisor.lookupByName("contract_absent")).toBeUndefined();
      expect(await hypervisor.lookupByUuid("not a uuid")).toBeUndefined();
    });

    it("replaces the definition when the same domain is defined again", async () => {
      const first = await hypervisor.define(fresh());
      const again = await hypervisor.define(idleDomainXml(domain).replace("32</memory>", "48</memory>"));
      expect(again).toEqual(first);
      expect((await hypervisor.listDomains()).filter(({ uuid }) => uuid === domain.uuid)).toHaveLength(1);
    });

    it("refuses a second domain with a name that is taken, and a document that is none", async () => {
      await hypervisor.define(fresh());
      await expect(hypervisor.define(idleDomainXml({ ...domain, uuid: randomUUID() }))).rejects.toThrow(
        HypervisorError,
      );
      await expect(hypervisor.define("<domain>")).rejects.toThrow(HypervisorError);
    });

    it("starts a domain, gives it an id, and tells its listeners", async () => {
      const events: (DomainEvent | undefined)[] = [];
      const forget = hypervisor.onDomainEvent((event) => events.push(event));
      const started = await hypervisor.start(await hypervisor.define(fresh()));
      expect(started.id).toBeGreaterThan(0);
      expect(await hypervisor.domainStatus(started)).toEqual({ state: "running", reason: "booted" });
      await expect
        .poll(() => events, { timeout: 10_000 })
        .toContainEqual({ name: domain.name, uuid: domain.uuid, kind: "lifecycle" });
      forget();
    });

    it("starts a domain whose guest stands still until it is let go on", async () => {
      const started = await hypervisor.start(await hypervisor.define(fresh()), { paused: true });
      expect(started.id).toBeGreaterThan(0);
      expect(await hypervisor.domainStatus(started)).toEqual({ state: "paused", reason: "user" });
      await hypervisor.resume(started);
      expect(await hypervisor.domainStatus(started)).toEqual({ state: "running", reason: "unpaused" });
    });

    it("refuses to start a domain that runs", async () => {
      const started = await hypervisor.start(await hypervisor.define(fresh()));
      await expect(hypervisor.start(started)).rejects.toThrow(HypervisorError);
    });

    it("destroys a running domain and takes a second destroy for an answer", async () => {
      const started = await hypervisor.start(await hypervisor.define(fresh()));
      await hypervisor.destroy(started);
      await hypervisor.destroy(started);
      expect(await hypervisor.domainStatus(started)).toEqual({ state: "shutoff", reason: "destroyed" });
    });

    it("suspends a guest and lets it go on, each as often as it is asked, and tells its listeners", async () => {
      const started = await hypervisor.start(await hypervisor.define(fresh()));
      const events: (DomainEvent | undefined)[] = [];
      const forget = hypervisor.onDomainEvent((event) => events.push(event));
      await hypervisor.suspend(started);
      await hypervisor.suspend(started);
      expect(await hypervisor.domainStatus(started)).toEqual({ state: "paused", reason: "user" });
      await expect
        .poll(() => events, { timeout: 10_000 })
        .toContainEqual({ name: domain.name, uuid: domain.uuid, kind: "lifecycle" });
      forget();
      await hypervisor.resume(started);
      await hypervisor.resume(started);
      expect(await hypervisor.domainStatus(started)).toEqual({ state: "running", reason: "unpaused" });
    });

    it("bounds the memory of a guest that runs, as often as it is asked, and of no other", async () => {
      const defined = await hypervisor.define(fresh());
      await expect(hypervisor.limitMemory(defined, 2_097_152n)).rejects.toThrow(HypervisorError);
      const started = await hypervisor.start(defined);
      await hypervisor.limitMemory(started, 2_097_152n);
      await hypervisor.limitMemory(started, 1_048_576n);
    });

    it("refuses to suspend, or to let go on, what is off, and destroys what stands still", async () => {
      const defined = await hypervisor.define(fresh());
      await expect(hypervisor.suspend(defined)).rejects.toThrow(HypervisorError);
      await expect(hypervisor.resume(defined)).rejects.toThrow(HypervisorError);
      const started = await hypervisor.start(defined);
      await hypervisor.suspend(started);
      await hypervisor.destroy(started);
      expect(await hypervisor.domainStatus(started)).toEqual({ state: "shutoff", reason: "destroyed" });
    });

    it("presses the power button of a running domain, and refuses to press it on one that is off", async () => {
      const defined = await hypervisor.define(fresh());
      await expect(hypervisor.shutdown(defined)).rejects.toThrow(HypervisorError);
      await hypervisor.shutdown(await hypervisor.start(defined));
    });

    it("takes destroy and undefine of an unknown domain for answers", async () => {
      const unknown = { name: "contract_absent", uuid: randomUUID(), id: -1 };
      await hypervisor.destroy(unknown);
      await hypervisor.undefine(unknown);
    });

    it("forgets a domain that is undefined, once", async () => {
      const defined = await hypervisor.define(fresh());
      await hypervisor.undefine(defined);
      await hypervisor.undefine(defined);
      expect(await hypervisor.lookupByUuid(domain.uuid)).toBeUndefined();
    });

    const withSerial = () => fresh().replace("<devices>", '<devices><serial type="pty"/>');

    it("has one user at a console, whose place may be taken over, and is free again when he leaves", async () => {
      const started = await hypervisor.start(await hypervisor.define(withSerial()));
      const first = await hypervisor.openConsole(started, "ifFree");
      const firstEnded = ended(first);
      await expect(hypervisor.openConsole(started, "ifFree")).rejects.toThrow(ConsoleBusyError);
      const second = await hypervisor.openConsole(started, "takeOver");
      await firstEnded;
      second.write("typed\r");
      const secondEnded = ended(second);
      second.destroy();
      await secondEnded;
      await expect.poll(() => isFree(hypervisor, started), { timeout: 5_000 }).toBe(true);
    });

    it("ends the stream of a console with its guest, and has none for a domain that is off", async () => {
      const started = await hypervisor.start(await hypervisor.define(withSerial()));
      const stream = await hypervisor.openConsole(started, "ifFree");
      const over = ended(stream);
      await hypervisor.destroy(started);
      await over;
      await expect(hypervisor.openConsole(started, "ifFree")).rejects.toThrow(HypervisorError);
    });

    it("describes an active network with its DHCP ranges, and undefined for none", async () => {
      const network = await hypervisor.describeNetwork(subject.network);
      expect(network).toMatchObject({ name: subject.network, active: true });
      expect(network?.gateway).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      expect(network?.prefixLength).toBeGreaterThan(7);
      expect(network?.ranges.length).toBeGreaterThan(0);
      expect(await hypervisor.describeNetwork("contract-absent")).toBeUndefined();
    });

    it("takes the start of an active network for an answer", async () => {
      await hypervisor.startNetwork(subject.network);
      expect((await hypervisor.describeNetwork(subject.network))?.active).toBe(true);
    });

    /** The last address of the first range: no test takes it otherwise. */
    const lastAddress = async () => {
      const network = await hypervisor.describeNetwork(subject.network);
      const address = network?.ranges[0]?.end;
      if (address === undefined) {
        throw new Error(`the network ${subject.network} has no DHCP range`);
      }
      return address;
    };

    it("adds a reservation once, however often it is asked", async () => {
      const host = { mac, ip: await lastAddress(), name: "contract-one" };
      await hypervisor.addDhcpHost(subject.network, host);
      await hypervisor.addDhcpHost(subject.network, host);
      const hosts = (await hypervisor.describeNetwork(subject.network))?.hosts ?? [];
      expect(hosts.filter((other) => other.mac === mac)).toEqual([host]);
    });

    it("refuses a second reservation of the same address, and keeps the first", async () => {
      const ip = await lastAddress();
      await hypervisor.addDhcpHost(subject.network, { mac, ip, name: "contract-one" });
      await expect(
        hypervisor.addDhcpHost(subject.network, { mac: otherMac, ip, name: "contract-two" }),
      ).rejects.toThrow(HypervisorError);
      const hosts = (await hypervisor.describeNetwork(subject.network))?.hosts ?? [];
      expect(hosts.filter((host) => host.ip === ip)).toEqual([{ mac, ip, name: "contract-one" }]);
    });

    it("refuses a second reservation of the same name", async () => {
      const ip = await lastAddress();
      const before = ip.replace(/\d+$/, (octet) => String(Number(octet) - 1));
      await hypervisor.addDhcpHost(subject.network, { mac, ip, name: "contract-one" });
      await expect(
        hypervisor.addDhcpHost(subject.network, { mac: otherMac, ip: before, name: "contract-one" }),
      ).rejects.toThrow(HypervisorError);
    });

    it("removes a reservation by its MAC, and takes none for an answer", async () => {
      await hypervisor.addDhcpHost(subject.network, { mac, ip: await lastAddress() });
      await hypervisor.removeDhcpHost(subject.network, mac);
      await hypervisor.removeDhcpHost(subject.network, mac);
      await hypervisor.removeDhcpHost("contract-absent", mac);
      const hosts = (await hypervisor.describeNetwork(subject.network))?.hosts ?? [];
      expect(hosts.filter((host) => host.mac === mac)).toEqual([]);
    });

    it("lists the leases of its network", async () => {
      for (const lease of await hypervisor.dhcpLeases(subject.network)) {
        expect(lease.mac).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
        expect(lease.ip).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      }
    });
  });
}
