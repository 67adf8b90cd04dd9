/** What a machine's annotation wants to know of its guest, from its node to its status, and on to its owner's. */
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TryPort } from "../../../provider/agent/guests/tcp-port";
import type { OfflineVirtualMachine } from "../../../provider/api/v1alpha1/offline-virtual-machine";
import type { VirtualMachine } from "../../../provider/api/v1alpha1/virtual-machine";
import { findCondition } from "../../../provider/core/conditions";
import { offlineVirtualMachines, virtualMachines } from "../../../provider/core/resources";
import { buildOfflineVirtualMachine } from "../../builders/owners";
import { eventually, Lab } from "./support/lab";

const asking = (text: string) => ({ annotations: { "pulumi.com/waitFor": text } });
const words = "Cloud-init v. 22.4.2 finished at Sun, 29 Nov 2026 02:00:00 +0000.\r\n";

describe("a machine of whose guest something is asked", () => {
  let lab: Lab;
  let answers: boolean;
  let tries: string[];

  beforeEach(async () => {
    answers = false;
    tries = [];
    lab = await Lab.open();
    await lab.startController();
  });
  afterEach(() => lab.close());

  const tryPort: TryPort = async (host, port) => {
    tries.push(`${host}:${port}`);
    return answers ? undefined : "connection refused";
  };
  const says = (name: string, type: string, status: string) =>
    eventually(`${name} says ${type}=${status}`, async () => {
      const vm = await lab.get(name);
      return findCondition(vm?.status?.conditions, type)?.status === status ? vm : undefined;
    });
  const print = (vm: VirtualMachine, text: string) =>
    appendFile(join(lab.root, "volumes", "logs", vm.metadata.uid ?? "", "console.log"), text);

  it("says what is so and what is not yet, each with one write, and that it runs as before", async () => {
    await lab.startAgent({ tryPort });
    await lab.create("web", {}, asking('["tcp:22", "cloud-init", "guest-agent"]'));
    const vm = await says("web", "TCPReachable", "False");
    const ip = vm.status?.interfaces?.[0]?.ipAddress;
    await says("web", "CloudInitFinished", "False");
    const { status } = await says("web", "AgentConnected", "False");
    expect(findCondition(status?.conditions, "Ready")?.status).toBe("True");
    expect(findCondition(status?.conditions, "TCPReachable")?.message).toBe(
      `tcp:22 of ${ip} does not answer yet: connection refused`,
    );
    const before = lab.writesOf("web").length;
    answers = true;
    await says("web", "TCPReachable", "True");
    await print(vm, words);
    await says("web", "CloudInitFinished", "True");
    lab.hypervisor.turnAgent(vm.metadata.uid ?? "", "connected");
    await says("web", "AgentConnected", "True");
    expect(lab.writesOf("web").length - before).toBe(3);
    expect(new Set(tries)).toEqual(new Set([`${ip}:22`]));
  });

  it("has a channel for the guest's agent only where that is asked for", async () => {
    await lab.startAgent({ tryPort });
    const xmlOf = async (name: string) => {
      const { metadata } = await lab.phase(name, "Running");
      const domain = await lab.hypervisor.lookupByUuid(metadata.uid ?? "");
      return domain === undefined ? "" : lab.hypervisor.domainDefinition(domain);
    };
    await lab.create("web", {}, asking("guest-agent"));
    await lab.create("plain");
    expect(await xmlOf("web")).toContain("org.qemu.guest_agent.0");
    expect(await xmlOf("plain")).not.toContain("org.qemu.guest_agent.0");
  });

  it("is asked in vain for an agent after its start, and says so", async () => {
    await lab.startAgent({ tryPort });
    await lab.create("web");
    await lab.phase("web", "Running");
    await lab.client.mergePatch(
      virtualMachines,
      { namespace: "default", name: "web" },
      { metadata: asking("guest-agent") },
    );
    const vm = await says("web", "AgentConnected", "False");
    expect(findCondition(vm.status?.conditions, "AgentConnected")?.reason).toBe("NoChannel");
  });

  it("keeps what was found over a restart of the agent, which looks no further", async () => {
    const agent = await lab.startAgent({ tryPort });
    answers = true;
    await lab.create("web", {}, asking("tcp:22"));
    await says("web", "TCPReachable", "True");
    await lab.stop(agent);
    answers = false;
    tries = [];
    await lab.startAgent({ tryPort });
    await lab.create("other", {}, asking("tcp:23"));
    await says("other", "TCPReachable", "False");
    expect(findCondition((await lab.get("web"))?.status?.conditions, "TCPReachable")?.status).toBe("True");
    expect(tries.filter((one) => one.endsWith(":22"))).toEqual([]);
  });

  it("is looked at no more when it ends, or when nobody asks any more", async () => {
    const agent = await lab.startAgent({ tryPort });
    const { metadata } = await lab.create("ended", {}, asking("tcp:22"));
    await lab.create("unasked", {}, asking("tcp:23"));
    await says("ended", "TCPReachable", "False");
    await says("unasked", "TCPReachable", "False");
    lab.hypervisor.endGuest(metadata.uid ?? "", "shutdown");
    await lab.phase("ended", "Succeeded");
    const annotations = { "pulumi.com/waitFor": null };
    await lab.client.mergePatch(
      virtualMachines,
      { namespace: "default", name: "unasked" },
      { metadata: { annotations } },
    );
    await eventually("nothing is said of it any more", async () => {
      const vm = await lab.get("unasked");
      return findCondition(vm?.status?.conditions, "TCPReachable") === undefined ? true : undefined;
    });
    tries = [];
    await lab.create("last", {}, asking("tcp:24"));
    await eventually("another was tried twice", () => (tries.length >= 2 ? true : undefined));
    expect(tries.filter((one) => !one.endsWith(":24"))).toEqual([]);
    await lab.stop(agent);
  });

  it("is its owner's, of whom the same is told", async () => {
    await lab.startAgent({ tryPort });
    const ovm = buildOfflineVirtualMachine();
    const spec = { ...ovm.spec, template: { spec: (await lab.create("plain")).spec } };
    const address = { namespace: "default", name: "kept" };
    await lab.client.create(offlineVirtualMachines, {
      ...ovm,
      metadata: { ...address, ...asking('["tcp:22", "running"]') },
      spec,
    });
    const said = async (status: string) => {
      const { conditions } =
        (await lab.client.get<OfflineVirtualMachine>(offlineVirtualMachines, address)).status ?? {};
      const found = findCondition(conditions, "TCPReachable");
      return found?.status === status ? found : undefined;
    };
    const vm = await says("kept", "TCPReachable", "False");
    expect(vm.metadata.annotations).toMatchObject({ "pulumi.com/waitFor": "tcp:22" });
    const found = await eventually("the owner says so, too", async () => {
      const one = await said("False");
      return one?.message?.includes("connection refused") ? one : undefined;
    });
    expect(found.message).toMatch(/^VirtualMachine kept: tcp:22 of .* does not answer yet: connection refused$/);
    answers = true;
    await eventually("the owner says that it is so", () => said("True"));
  });
});
