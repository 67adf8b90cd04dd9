import { describe, expect, it } from "vitest";
import { parseManifest } from "../../../provider/manifest";
import { hostileShapes } from "../../builders/hostile-manifests";

const answerTo = (text: string) => {
  const { objects, faults } = parseManifest(text, "bomb.yaml");
  return { objects, faults: faults.map(({ message }) => message) };
};

describe("256 KiB made to harm their reader", () => {
  it.each(hostileShapes)("$name: answered with one fault, or read", ({ make, answer }) => {
    const { faults } = answerTo(make(256 * 1024));
    if (answer === "") expect(faults).toEqual([]);
    else {
      expect(faults.length).toBeLessThanOrEqual(1);
      expect(faults[0]).toContain(answer);
    }
  });
});

describe("large manifests of ordinary objects", () => {
  const machine = (index: number) => `
apiVersion: kubevirt.io/v1alpha1
kind: VirtualMachine
metadata:
  name: vm-${index}
  labels:
    size: small
spec:
  domain:
    cpu:
      cores: 1
    devices:
      disks:
        - name: root
          volumeName: root
          disk:
            bus: virtio
  volumes:
    - name: root
      ephemeral:
        persistentVolumeClaim:
          claimName: tiny
`;

  it.each([600, 4_000])("%d machines are read", (count) => {
    const text = Array.from({ length: count }, (_, index) => machine(index)).join("---");
    expect(answerTo(text)).toMatchObject({ faults: [], objects: { length: count } });
  });

  it("a list of 300 machines in one document is read", () => {
    const items = Array.from({ length: 300 }, (_, index) => machine(index).trim().replaceAll("\n", "\n    "));
    const text = `apiVersion: v1\nkind: List\nitems:\n${items.map((item) => `  - ${item}\n`).join("")}`;
    expect(text.length).toBeGreaterThan(128 * 1024);
    expect(answerTo(text)).toMatchObject({ faults: [], objects: { length: 300 } });
  });
});

describe("a text that is too dense", () => {
  it("is given up, and not the documents beside it while the file is ordinary", () => {
    const { objects, faults } = answerTo(
      `${"a: 1\n".repeat(30_000)}---\nkind: A\n---\n${"# ordinary\n".repeat(10_000)}`,
    );
    expect(faults).toEqual(["bomb.yaml:1:1: the document is too dense to be read; split it into several"]);
    expect(objects).toHaveLength(1);
  });

  it("over many documents is given up where its file has had enough", () => {
    const { objects, faults } = answerTo(
      "- 1\n- 2\n- 3\n- 4\n---\n".repeat(4_000).replaceAll("-", "k:").replaceAll("k:k:k:", "---"),
    );
    expect(objects).toEqual([]);
    expect(faults.at(-1)).toContain("the file is too dense to be read; split it into several");
  });

  it("is not one of ordinary objects in braces", () => {
    const one = [
      "apiVersion: kubevirt.io/v1alpha1",
      "kind: VirtualMachine",
      "metadata: {name: vm, labels: {size: small}}",
      "spec:",
      "  domain: {cpu: {cores: 1}, devices: {disks: [{name: root, volumeName: root, disk: {bus: virtio}}]}}",
      "  volumes: [{name: root, persistentVolumeClaim: {claimName: tiny}}]",
    ].join("\n");
    const text = `${one}\n---\n`.repeat(950);
    expect(text.length).toBeGreaterThan(250 * 1024);
    expect(answerTo(text)).toMatchObject({ faults: [], objects: { length: 950 } });
  });
});
