/**
 * The node's whole path on real parts: an image becomes a claim, a machine gets an overlay, a NoCloud disk and an
 * address, the guest boots from its disk and answers with what its user data said, and leaves on the power button.
 */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AddressBook } from "../../provider/agent/network/address";
import { macAddressOf } from "../../provider/agent/network/mac";
import { ClaimStore, VolumePreparer } from "../../provider/agent/volumes";
import type { Hypervisor } from "../../provider/libvirt/hypervisor";
import { connectLibvirt } from "../../provider/libvirt/libvirt-hypervisor";

/** What a program on the guest's port says before it closes the connection; undefined while nobody listens. */
function answerAt(host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ host, port: 80, timeout: 2_000 });
    socket.on("data", (chunk) => {
      text += chunk.toString("utf8");
    });
    socket.on("timeout", () => socket.destroy());
    socket.on("error", () => resolve(undefined));
    socket.on("close", () => resolve(text === "" ? undefined : text.trim()));
  });
}

interface Attachment {
  readonly title: string;
  readonly seed: string;
}

const attachments: readonly Attachment[] = [
  { title: "a CD-ROM on SATA", seed: `device="cdrom"><target dev="sda" bus="sata"/>` },
  { title: "a virtio disk", seed: `device="disk"><target dev="vdb" bus="virtio"/>` },
  { title: "a CD-ROM on SCSI", seed: `device="cdrom"><target dev="sdb" bus="scsi"/>` },
];

describe("the test guest", () => {
  let hypervisor: Hypervisor;
  let root: string;
  let image: string;

  beforeAll(async () => {
    hypervisor = await connectLibvirt();
    root = await mkdtemp(join(tmpdir(), "kubevirt-guest-"));
    await chmod(root, 0o711);
    const ensure = join(__dirname, "../fixtures/guest/ensure.sh");
    image = (await promisify(execFile)(ensure, [], { timeout: 300_000 })).stdout.trim();
  }, 300_000);

  afterAll(async () => {
    await hypervisor?.close();
    await rm(root, { recursive: true, force: true });
  });

  for (const { title, seed } of attachments) {
    it(`boots from its disk, reads its seed from ${title}, answers, and leaves on the power button`, async () => {
      const uid = randomUUID();
      const machine = { uid, namespace: "default", name: `guest-${uid.slice(0, 6)}` };
      const mac = macAddressOf(uid);
      const claims = new ClaimStore({ root });
      const volumes = new VolumePreparer({ root, claims });
      const addresses = new AddressBook(hypervisor, "default");
      if ((await claims.locate("default", "guest")) === undefined) {
        await claims.import({ file: image, namespace: "default", claim: "guest" });
      }

      const greeting = `hello from ${machine.name}`;
      const sources = await volumes.prepare(
        machine,
        [
          { name: "root", ephemeral: { persistentVolumeClaim: { claimName: "guest" } } },
          { name: "seed", cloudInitNoCloud: { userData: `#!/bin/sh\necho "${greeting}" > /run/greeting\n` } },
        ],
        () => Promise.resolve(undefined),
      );
      const { ip } = await addresses.reserve({ mac, name: machine.name });
      try {
        const began = performance.now();
        const domain = await hypervisor.start(
          await hypervisor.define(`<domain type="qemu">
  <name>${machine.name}</name><uuid>${uid}</uuid><memory unit="MiB">128</memory><vcpu>1</vcpu>
  <os><type arch="x86_64" machine="q35">hvm</type></os>
  <features><acpi/></features>
  <devices>
    <disk type="file" device="disk">
      <driver name="qemu" type="qcow2"/><source file="${sources.root?.path}"/>
      <backingStore type="file"><format type="raw"/><source file="${sources.root?.backing?.path}"/></backingStore>
      <target dev="vda" bus="virtio"/>
    </disk>
    <disk type="file" ${seed}<driver name="qemu" type="raw"/><source file="${sources.seed?.path}"/><readonly/></disk>
    <controller type="scsi" model="virtio-scsi"/>
    <interface type="network"><mac address="${mac}"/><source network="default"/><model type="virtio"/></interface>
    <serial type="pty"/>
    <memballoon model="none"/>
  </devices>
</domain>`),
        );
        await expect.poll(() => answerAt(ip), { timeout: 60_000, interval: 50 }).toBe(greeting);
        const answered = performance.now();

        await hypervisor.shutdown(domain);
        await expect
          .poll(() => hypervisor.domainStatus(domain), { timeout: 30_000, interval: 50 })
          .toEqual({ state: "shutoff", reason: "shutdown" });
        const off = performance.now();
        console.info(
          `${title}: answered ${((answered - began) / 1000).toFixed(1)} s after its definition, off ${((off - answered) / 1000).toFixed(1)} s after the button`,
        );
      } finally {
        const domain = await hypervisor.lookupByUuid(uid);
        if (domain !== undefined) {
          await hypervisor.destroy(domain);
          await hypervisor.undefine(domain);
        }
        await addresses.release(mac);
        await volumes.remove(uid);
      }

      expect(await hypervisor.lookupByUuid(uid)).toBeUndefined();
      expect((await hypervisor.describeNetwork("default"))?.hosts.filter((host) => host.mac === mac)).toEqual([]);
      expect(await volumes.list()).toEqual([]);
      expect(await readdir(join(root, "importing"))).toEqual([]);
    });
  }
});
