import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, test } from "vitest";
import { VirtualMachine, VirtualMachinePreset, VirtualMachineReplicaSet } from "../../../sdk/nodejs";
import { mockEngine, registration } from "./registrations";

const faulty = { domain: { devices: { disks: [{ name: "root", volumeName: "rot" }] } } };
const elsewhere = async (name: string) => (await registration(name)).inputs.faultsElsewhere;

describe("in a preview", () => {
  beforeEach(() => mockEngine({ preview: true }));

  test("each resource carries the faults of the others, also of those after it, and not its own", async () => {
    new VirtualMachine("first", { spec: faulty });
    new VirtualMachine("sound", { spec: { domain: {} } });
    new VirtualMachineReplicaSet("last", {
      spec: {
        replicas: -2,
        selector: { matchLabels: { app: "a" } },
        template: { metadata: { labels: { app: "a" } }, spec: { domain: {} } },
      },
    });
    const first = expect.stringMatching(/^VirtualMachine first: spec\.domain\.devices\.disks\[0\]\.volumeName: "rot"/);
    const last = expect.stringMatching(/^VirtualMachineReplicaSet last: spec\.replicas: -2/);
    expect(await elsewhere("first")).toEqual([last]);
    expect(await elsewhere("sound")).toEqual([first, last]);
    expect(await elsewhere("last")).toEqual([first]);
  });
});

describe("in another preview", () => {
  beforeEach(() => mockEngine({ preview: true }));

  test("what the program has to wait for may be anything, and is not waited for; a secret is not told", async () => {
    const never = pulumi.output(new Promise<string>(() => undefined));
    new VirtualMachine("patient", { spec: { ...faulty, nodeSelector: { zone: never } } });
    new VirtualMachine("secretive", {
      spec: { domain: { resources: { requests: { memory: pulumi.secret("hunter2") } } } },
    });
    new VirtualMachine("asking", { spec: { domain: {} } });
    const faults = await elsewhere("asking");
    expect(faults).toContainEqual(expect.stringMatching(/^VirtualMachine patient: .*volumeName/));
    expect(faults).not.toContainEqual(expect.stringContaining("secretive"));
  });

  test("presets that disagree are told with the machine that they meet in", async () => {
    const selector = { matchLabels: { size: "small" } };
    new VirtualMachinePreset("one", { spec: { selector, domain: { cpu: { cores: 1 } } } });
    new VirtualMachinePreset("two", { spec: { selector, domain: { cpu: { cores: 2 } } } });
    new VirtualMachine("torn", { metadata: { labels: { size: "small" } }, spec: { domain: {} } });
    expect(await elsewhere("one")).toEqual(
      expect.arrayContaining([expect.stringMatching(/^VirtualMachine torn: spec\.domain\.cpu\.cores/)]),
    );
  });
});

test("a run that is no preview carries nothing, nor does a program without faults", async () => {
  await mockEngine();
  new VirtualMachine("wrong", { spec: faulty });
  new VirtualMachine("beside", { spec: { domain: {} } });
  expect((await registration("beside")).inputs).not.toHaveProperty("faultsElsewhere");
});
