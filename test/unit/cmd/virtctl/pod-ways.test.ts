import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waysToGuests } from "../../../../provider/cmd/virtctl/choose-ways";
import { PodWays } from "../../../../provider/cmd/virtctl/pod-ways";
import { ServerWays } from "../../../../provider/cmd/virtctl/server-ways";
import { KubeClient } from "../../../../provider/kube/client";
import { status } from "../../../fakes/http-api";
import { FakeKubelet } from "../../../fakes/kubelet";

const machine = { namespace: "shop", name: "web" };
const pods = "/api/v1/namespaces/shop/pods";
let kubelet: FakeKubelet;
let ways: PodWays;

beforeEach(async () => {
  kubelet = await FakeKubelet.open();
  const vm = "/apis/kubevirt.io/v1alpha1/namespaces/shop/virtualmachines/web";
  kubelet.objects.set(vm, { metadata: { ...machine, uid: "uid-1" } });
  const metadata = {
    namespace: "shop",
    name: "virt-launcher-web-1",
    ownerReferences: [{ uid: "uid-1", controller: true }],
  };
  kubelet.objects.set(pods, { metadata: {}, items: [{ metadata, spec: { nodeName: "node-1" } }] });
  ways = new PodWays(new KubeClient(kubelet.connection, { fieldManager: "test" }));
});
afterEach(() => kubelet.close());

/** What the agent, the program and the kubelet answer, in that order. */
async function answer(...frames: readonly (readonly [channel: number, content: string])[]): Promise<void> {
  const line = await kubelet.line;
  for (const [channel, content] of frames) line.send(Buffer.concat([Buffer.of(channel), Buffer.from(content)]));
}
const ended = (message = "") =>
  [3, JSON.stringify(message === "" ? { status: "Success" } : { status: "Failure", message })] as const;

const refusalOf = (line: Promise<unknown>): Promise<string> =>
  line.then(
    () => "not refused",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

describe("the way to a guest", () => {
  it("is the API server's where it has one, else through the launcher", async () => {
    const client = new KubeClient(kubelet.connection, { fieldManager: "test" });
    expect(await waysToGuests(client)).toBeInstanceOf(PodWays);
    kubelet.objects.set("/apis/subresources.kubevirt.io/v1alpha1", { kind: "APIResourceList" });
    expect(await waysToGuests(client)).toBeInstanceOf(ServerWays);
  });

  it("leads to what the agent has behind its door, not a byte more or less", async () => {
    const opening = ways.openScreen(machine);
    await answer([1, "\0RFB "], [1, "003.008\n"], ended());
    expect(await text((await opening).stream)).toBe("RFB 003.008\n");
    expect(kubelet.urls[0]).toContain(`${pods}/virt-launcher-web-1/exec?container=launcher&command=nc.openbsd`);
    expect(kubelet.urls[0]).toMatch(/command=-U&command=%2Fkubevirt%2Fscreen&/);
  });

  it("takes somebody's place by another door", async () => {
    const opening = ways.openConsole(machine, "takeOver");
    await answer([1, "\0"]);
    (await opening).stream.destroy();
    expect(kubelet.urls[0]).toContain("%2Fkubevirt%2Fconsole-force");
  });

  it("is refused in the agent's words", async () => {
    const refusal = refusalOf(ways.openConsole(machine, "ifFree"));
    await answer([1, "\x01somebody else is at "], [1, "the console"], ended());
    expect(await refusal).toBe("somebody else is at the console");
  });

  it.each([
    [
      "an image without the program",
      [ended('exec: "nc.openbsd": executable file not found in $PATH')],
      "started by a release",
    ],
    [
      "a launcher without doors",
      [[2, "nc.openbsd: No such file or directory\n"], ended("exit code 1")],
      "started by a release",
    ],
    [
      "an agent that is away",
      [[2, "nc.openbsd: Connection refused\n"], ended("exit code 1")],
      "the agent of node node-1",
    ],
    ["anything else", [ended("container not found")], "virt-launcher-web-1: container not found"],
    ["a line that ends at once", [ended()], "has closed the line at once"],
  ] as const)("is told of %s in words that help", async (_what, frames, words) => {
    const refusal = refusalOf(ways.openConsole(machine, "ifFree"));
    await answer(...frames);
    expect(await refusal).toContain(words);
  });

  it("names the right that it takes, and the role that gives it", async () => {
    kubelet.refuseExec('pods "virt-launcher-web-1" is forbidden');
    expect(await refusalOf(ways.openConsole(machine, "ifFree"))).toBe(
      'this takes the right to create pods/exec in namespace shop, which Kubernetes\' role "edit" gives: pods "virt-launcher-web-1" is forbidden',
    );
    kubelet.objects.set(`${pods}/virt-launcher-web-1/log`, status(403, "Forbidden", "no"));
    expect(await refusalOf(ways.openLog(machine, { follow: false }))).toMatch(/get pods\/log .* "view"/);
    kubelet.objects.set(pods, status(403, "Forbidden", "no"));
    expect(await refusalOf(ways.openScreen(machine))).toMatch(/list pods .* "view"/);
  });

  it("is none without a launcher pod, whatever labels others have given to theirs", async () => {
    const stranger = { metadata: { name: "stranger", ownerReferences: [{ uid: "uid-2", controller: true }] } };
    kubelet.objects.set(pods, { metadata: {}, items: [stranger] });
    expect(await refusalOf(ways.openScreen(machine))).toContain("VirtualMachine shop/web has no launcher pod");
  });
});
