/** What goes wrong, and is not known yet: faults in a preview, machines that do not start, waits that are cut short, unknowns. */
import { expect, test } from "vitest";
import { eventually } from "../support/wait.ts";
import type { Form } from "./form.ts";
import { outputOf } from "./program.ts";
import type { Stack } from "./stack.ts";

const nowhere = { nodeSelector: { nowhere: "here" } };

export function failures(stack: () => Stack, form: Form): void {
  test("every fault of every resource is told in one preview", async () => {
    const s = stack();
    const disks = (volumeName: string) => [{ name: "root", volumeName, disk: { bus: "virtio" } }];
    const faulty = (memory: string, volumeName: string) => ({
      domain: { resources: { requests: { memory } }, devices: { disks: disks(volumeName) } },
    });
    await s.declare({
      ...s.machine("one", { spec: faulty("lots", "rot") }),
      ...s.machine("two", { spec: faulty("96Mi", "rut") }),
      ...s.machine("sound"),
      three: {
        kind: "VirtualMachineReplicaSet",
        metadata: { name: "three" },
        spec: {
          replicas: -1,
          selector: { matchLabels: { app: "x" } },
          template: { metadata: { labels: { app: "y" } }, spec: s.guest() },
        },
      },
    });
    const output = await s.refused("preview");
    expect(output).toContain('spec.domain.resources.requests.memory: "lots"');
    expect(output).toContain('spec.domain.devices.disks[0].volumeName: "rot": names no volume');
    expect(output).toContain('spec.domain.devices.disks[0].volumeName: "rut": names no volume');
    expect(output).toContain("spec.replicas: -1");
    expect(output).toContain("spec.template.metadata.labels");
    // Without a preview one fault is enough to stop it, before the object of any faulty resource is made.
    await s.refusedUp();
    expect((await s.machines()).filter((name) => name !== "sound")).toEqual([]);
    await s.clear();
  });

  test("what a preview does not know passes at any depth, and is there when it is known", async () => {
    const s = stack();
    const seeded = (userData: string) => ({
      nodeSelector: {},
      domain: {
        resources: { requests: { memory: "96Mi" } },
        devices: {
          disks: [
            { name: "root", volumeName: "root", disk: { bus: "virtio" } },
            { name: "seed", volumeName: "seed", cdrom: { bus: "sata" } },
          ],
        },
      },
      volumes: [s.place.root, { name: "seed", cloudInitNoCloud: { userData } }],
    });
    await s.declare({
      ...s.machine("db"),
      ...s.machine("web", {
        labels: { "db-node": outputOf("db.nodeName") },
        annotations: { "example.com/db": outputOf("db.ipAddress") },
        spec: seeded(`#!/bin/sh\necho db=${outputOf("db.ipAddress")}\n`),
      }),
    });
    const preview = await s.preview();
    expect(preview).toMatch(/\+ 2 to create|\+ 3 to create|to create/);
    await s.up();
    const db = await s.get("vm/db");
    const { metadata, spec } = await s.get("vm/web");
    const address = metadata.annotations?.["example.com/db"] ?? "";
    expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(db.status).toMatchObject({ interfaces: [{ ipAddress: address }], nodeName: metadata.labels?.["db-node"] });
    expect(JSON.stringify(spec)).toContain(`echo db=${address}`);
    await s.noChanges();
    await s.clear();
  });

  test("where one machine does not start, the others and its own id are kept, and the next run goes on", async () => {
    const s = stack();
    const stuck = { annotations: { "pulumi.com/timeoutSeconds": "3" }, spec: nowhere };
    await s.declare({ ...s.machine("fine"), ...s.machine("stuck", stuck) });
    const output = await s.refusedUp();
    expect(output).toMatch(/VirtualMachine \S+\/stuck did not become ready/);
    const { namespace } = s.place;
    await eventually(
      "the state has both",
      async () => {
        const { fine, stuck: other } = await s.ids();
        return fine === `${namespace}/fine` && other === `${namespace}/stuck` ? true : undefined;
      },
      5,
    );
    const [fine, waiting] = [await s.uidOf("vm/fine"), await s.uidOf("vm/stuck")];
    // The same program again waits again for the same machine.
    expect(await s.refusedUp()).toMatch(/stuck did not become ready/);
    expect(await s.uidOf("vm/stuck")).toBe(waiting);
    await s.upTo({ ...s.machine("fine"), ...s.machine("stuck") });
    expect(await s.uidOf("vm/fine")).toBe(fine);
    expect(s.guests("stuck")).toHaveLength(1);
    await s.noChanges();
    await s.clear();
  });

  if (form.customTimeouts)
    test("an option's time bounds a wait", async () => {
      const s = stack();
      await s.declare(s.machine("stuck", { spec: nowhere, options: { customTimeouts: { create: "3s" } } }));
      expect(await s.refusedUp()).toContain("still waiting after 3 s");
      await s.clear();
    });

  test("Ctrl-C in a wait keeps the machine, which the next run goes on with", async () => {
    const s = stack();
    await s.declare(s.machine("stuck", { spec: nowhere }));
    const running = s.project.startUp();
    await eventually("the machine is made", async () => ((await s.find("vm/stuck")) === undefined ? undefined : true));
    await running.interrupt(s.form.interrupts);
    const uid = await s.uidOf("vm/stuck");
    await s.upTo(s.machine("stuck", { spec: nowhere, annotations: { "pulumi.com/skipAwait": "true" } }));
    expect(await s.uidOf("vm/stuck")).toBe(uid);
    expect(await s.ids()).toMatchObject({ stuck: `${s.place.namespace}/stuck` });
    await s.clear();
  });
}
