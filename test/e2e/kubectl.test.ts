/** Machines declared with kubectl alone, without Pulumi, on the real engine and real libvirt. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { domains, LocalEngine } from "./support/local-engine.ts";
import { guestAnswer } from "./support/wait.ts";

let engine: LocalEngine;

beforeAll(async () => {
  engine = await LocalEngine.create();
  await engine.start();
  await engine.importGuest("tiny");
});

afterAll(async () => {
  await engine?.remove();
});

const preset = `
apiVersion: kubevirt.io/v1alpha1
kind: VirtualMachinePreset
metadata:
  name: m1.small
spec:
  selector:
    matchLabels:
      kubevirt.io/size: small
  domain:
    cpu:
      cores: 1
    resources:
      requests:
        memory: 128Mi
`;

const machine = (name: string) => `
apiVersion: kubevirt.io/v1alpha1
kind: VirtualMachine
metadata:
  annotations: {}
  labels:
    guest: ${name}
    kubevirt.io/size: small
  name: ${name}
spec:
  terminationGracePeriodSeconds: 20
  domain:
    features:
      acpi:
        enabled: true
    devices:
      disks:
      - name: root
        volumeName: root
        disk:
          bus: virtio
      - name: seed
        volumeName: seed
        cdrom:
          bus: sata
          readonly: true
  volumes:
  - name: root
    ephemeral:
      persistentVolumeClaim:
        claimName: tiny
  - name: seed
    cloudInitNoCloud:
      userData: |
        #!/bin/sh
        echo "applied by hand" > /run/greeting
`;

describe("kubectl apply", () => {
  test("boots a machine, with the preset merged by the controller", async () => {
    const applied = await engine.tryKubectl(["apply", "--filename", "-"], `${preset}---${machine("testvm")}`);
    expect(applied.code, applied.output).toBe(0);
    await engine.kubectl("wait", "vm/testvm", "--for=jsonpath={.status.phase}=Running", "--timeout=60s");

    const object = JSON.parse(await engine.kubectl("get", "vm", "testvm", "--output", "json"));
    expect(object.spec.domain.cpu.cores).toBe(1);
    expect(object.spec.domain.resources.requests.memory).toBe("128Mi");
    expect(object.metadata.annotations["virtualmachinepreset.kubevirt.io/m1.small"]).toBe("kubevirt.io/v1alpha1");
    expect(await guestAnswer(object.status.interfaces[0].ipAddress)).toBe("applied by hand");
  });

  test("of the same manifest again changes nothing", async () => {
    const again = await engine.tryKubectl(["apply", "--filename", "-"], machine("testvm"));
    expect(again.stdout).toContain("virtualmachine.kubevirt.io/testvm unchanged");
  });

  test("of a faulty manifest is refused with every fault, and nothing is started", async () => {
    const faulty = machine("faulty").replace("volumeName: root", "volumeName: rot").replace("bus: virtio", "bus: warp");
    const refused = await engine.tryKubectl(["apply", "--filename", "-"], faulty);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain("spec.domain.devices.disks[0].volumeName");
    expect(refused.output).toContain("spec.domain.devices.disks[0].disk.bus");
    expect(await domains(engine, "faulty")).toEqual([]);
  });
});

describe("a machine", () => {
  test("that is deleted is shut down within its grace period and then gone", async () => {
    await engine.kubectl("delete", "vm", "testvm", "--wait=false");
    await engine.kubectl("wait", "vm/testvm", "--for=delete", "--timeout=60s");
    expect(await domains(engine, "testvm")).toEqual([]);
  });

  test("whose guest takes no notice of the power button is switched off when its grace period is over", async () => {
    const deaf = machine("deaf")
      .replace("terminationGracePeriodSeconds: 20", "terminationGracePeriodSeconds: 6")
      .replace('echo "applied', 'killall acpid\n        echo "applied');
    const applied = await engine.tryKubectl(["apply", "--filename", "-"], deaf);
    expect(applied.code, applied.output).toBe(0);
    await engine.kubectl("wait", "vm/deaf", "--for=jsonpath={.status.phase}=Running", "--timeout=60s");
    const address = await engine.kubectl("get", "vm", "deaf", "--output", "jsonpath={.status.interfaces[0].ipAddress}");
    expect(await guestAnswer(address)).toBe("applied by hand");
    const asked = performance.now();
    await engine.kubectl("delete", "vm", "deaf", "--timeout=60s");
    const seconds = (performance.now() - asked) / 1000;
    // The deletion's own time has whole seconds, so the wait may be almost one shorter.
    expect(seconds).toBeGreaterThan(5);
    expect(await domains(engine, "deaf")).toEqual([]);
  });

  test("whose guest switches itself off has Succeeded and is never started again", async () => {
    const off = machine("once").replace('echo "applied by hand" > /run/greeting', "poweroff -f");
    const applied = await engine.tryKubectl(["apply", "--filename", "-"], off);
    expect(applied.code, applied.output).toBe(0);
    await engine.kubectl("wait", "vm/once", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=120s");
    await engine.virtctl("local", "stop");
    await engine.restart();
    expect(await engine.kubectl("get", "vm", "once", "--template", "{{.status.phase}}")).toBe("Succeeded");
    expect(await domains(engine, "once")).toEqual([]);
    await engine.kubectl("delete", "vm", "once", "--timeout=30s");
  });

  test("whose claim does not exist says so, and starts once the claim is imported", async () => {
    const waiting = machine("waiting").replace("claimName: tiny", "claimName: later");
    await engine.tryKubectl(["apply", "--filename", "-"], waiting);
    await engine.kubectl("wait", "vm/waiting", "--for=condition=Synchronized=false", "--timeout=30s");
    expect(await engine.kubectl("describe", "vm", "waiting")).toMatch(/virtctl image import/);
    await engine.importGuest("later");
    await engine.kubectl("wait", "vm/waiting", "--for=jsonpath={.status.phase}=Running", "--timeout=30s");
    await engine.kubectl("delete", "vm", "waiting", "--timeout=60s");
  });
});
