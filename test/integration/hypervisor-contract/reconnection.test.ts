/** The driver and a real libvirtd, through a relay whose line can be cut as a restart of libvirtd would cut it. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DomainEvent, type Hypervisor, HypervisorUnavailableError } from "../../../provider/libvirt/hypervisor";
import { connectLibvirt, defaultSocketPath } from "../../../provider/libvirt/libvirt-hypervisor";
import { idleDomainXml } from "./contract";

class Relay {
  readonly path: string;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();

  constructor(path: string) {
    this.path = path;
  }

  open(): Promise<void> {
    const server = createServer((near) => {
      const far = connect(defaultSocketPath);
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(socket);
        socket.on("error", () => other.destroy());
        socket.on("close", () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
    this.#server = server;
    return new Promise((resolve) => server.listen(this.path, resolve));
  }

  /** Cuts every line and refuses new ones. */
  close(): Promise<void> {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    return new Promise((resolve) => {
      if (this.#server === undefined) {
        resolve();
      } else {
        this.#server.close(() => resolve());
      }
    });
  }

  /** Takes bytes and gives none: a libvirtd that hangs. */
  freeze(): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.pause();
    }
  }
}

describe("the libvirt driver when the line is cut", () => {
  let folder: string;
  let relay: Relay;
  let hypervisor: Hypervisor | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "kubevirt-relay-"));
    relay = new Relay(join(folder, "sock"));
    await relay.open();
  });

  afterEach(async () => {
    await hypervisor?.close();
    hypervisor = undefined;
    await relay.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("fails calls at once while libvirt is away, then works again and says that events may be lost", async () => {
    hypervisor = await connectLibvirt({ socketPath: relay.path });
    const heard: (DomainEvent | undefined)[] = [];
    hypervisor.onDomainEvent((event) => heard.push(event));

    await relay.close();
    const away = hypervisor;
    await expect.poll(() => away.listDomains().then(() => "", String), { timeout: 5_000 }).toMatch(/no such socket/);
    const began = performance.now();
    await expect(hypervisor.listDomains()).rejects.toThrow(HypervisorUnavailableError);
    expect(performance.now() - began).toBeLessThan(2_000);

    await relay.open();
    await expect.poll(() => heard, { timeout: 5_000, interval: 20 }).toContain(undefined);
    await hypervisor.listDomains();

    const uuid = randomUUID();
    const domain = await hypervisor.define(idleDomainXml({ name: `contract_${uuid.slice(0, 8)}`, uuid }));
    await expect
      .poll(() => heard, { timeout: 5_000, interval: 20 })
      .toContainEqual({ name: domain.name, uuid, kind: "lifecycle" });
    await hypervisor.undefine(domain);
  });

  it("notices a libvirt that takes calls and says nothing", async () => {
    hypervisor = await connectLibvirt({ socketPath: relay.path, keepaliveMs: 100, callTimeoutMs: 20_000 });
    relay.freeze();
    await expect(hypervisor.listDomains()).rejects.toThrow(/no sign of life/);
  });

  it("ends a call that takes too long, in words that say so", async () => {
    hypervisor = await connectLibvirt({ socketPath: relay.path, callTimeoutMs: 200 });
    relay.freeze();
    await expect(hypervisor.listDomains()).rejects.toThrow(/did not answer .* within 0.2 s/);
  });
});
