/** What a refresh asks a real API server for, in both forms of the provider, and that it tells the truth meanwhile. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { offlineVirtualMachines, virtualMachines } from "../../../provider/core/resources";
import { configure, provider } from "../../../provider/lifecycle";
import { CountingProxy } from "../../fakes/counting-proxy";
import { eventually, Lab } from "../engine/support/lab";
import { PluginSession, urnOf } from "../plugin/support/session";

const count = 60;
/** As many as Pulumi's engine has underway on a machine of two processors. */
const parallel = 8;

let lab: Lab;
let proxy: CountingProxy;

beforeEach(async () => {
  lab = await Lab.open();
  const { clusters, users } = JSON.parse(lab.kubeconfig);
  const { server, "certificate-authority-data": ca } = clusters[0].cluster;
  proxy = await CountingProxy.open({ server, ca: Buffer.from(ca, "base64").toString(), token: users[0].user.token });
  configure({ get: (key) => (key === "kubevirt:kubeconfig" ? proxy.kubeconfig : undefined) });
});
afterEach(async () => {
  await proxy.close();
  await lab.close();
});

const nameOf = (index: number) => `vm-${index}`;
const names = Array.from({ length: count }, (_, index) => nameOf(index));
const spec = { domain: { resources: { requests: { memory: "64Mi" } } } };
const outputs = (name: string) => ({
  metadata: { namespace: "default", name, annotations: { "pulumi.com/skipAwait": "true" } },
  spec,
});

const { read, update, delete: remove } = provider("VirtualMachine");
const isThere = async (name: string) => (await read(`default/${name}`, outputs(name))).id !== undefined;

/** Reads all, some at a time, as the engine does; name → whether it is there. */
async function refresh(look = isThere): Promise<ReadonlyMap<string, boolean>> {
  const found = new Map<string, boolean>();
  const left = [...names];
  const worker = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) found.set(name, await look(name));
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return found;
}

const createAll = () => Promise.all(names.map((name) => lab.create(name)));

describe("a refresh of many machines", () => {
  test("is one list and one watch, and no request for any of them", async () => {
    await createAll();
    await lab.delete(nameOf(7));
    const found = await refresh();
    expect(names.filter((name) => found.get(name) !== true)).toEqual([nameOf(7)]);
    expect(proxy.take()).toEqual({ "list virtualmachines": 1, "watch virtualmachines": 1 });
  });

  test("is the same by the plugin", async () => {
    await createAll();
    await lab.delete(nameOf(7));
    const session = await PluginSession.open({ kubeconfig: proxy.kubeconfig });
    const found = await refresh(async (name) => {
      const { id } = await session.read(urnOf("VirtualMachine", name), `default/${name}`, outputs(name));
      return id !== "";
    });
    expect(names.filter((name) => found.get(name) !== true)).toEqual([nameOf(7)]);
    expect(proxy.take()).toEqual({ "list virtualmachines": 1, "watch virtualmachines": 1 });
    await session.close();
  });

  test("takes the machines of OfflineVirtualMachines from one list, too", async () => {
    for (const name of names) {
      const metadata = { namespace: "default", name };
      await lab.client.create(offlineVirtualMachines, {
        metadata,
        spec: { runStrategy: "Halted", template: { spec } },
      });
    }
    const offline = provider("OfflineVirtualMachine");
    const found = await refresh(async (name) => {
      const { id } = await offline.read(`default/${name}`, {
        metadata: { namespace: "default", name },
        spec: { runStrategy: "Halted", template: { spec } },
      });
      return id !== undefined;
    });
    expect([...found.values()].every(Boolean)).toBe(true);
    expect(proxy.take()).toEqual({
      "list offlinevirtualmachines": 1,
      "list virtualmachines": 1,
      "watch offlinevirtualmachines": 1,
      "watch virtualmachines": 1,
    });
  });

  test("tells of machines that others remove meanwhile sooner or later, and of no other as gone", async () => {
    await createAll();
    const doomed = names.filter((_, index) => index % 3 === 0);
    const deleting = (async () => {
      for (const name of doomed) await lab.delete(name);
    })();
    const found = await refresh();
    await deleting;
    expect(names.filter((name) => found.get(name) === false && !doomed.includes(name))).toEqual([]);
    await eventually("all that were removed are told to be", async () => {
      const again = await refresh();
      return doomed.every((name) => again.get(name) === false) ? true : undefined;
    });
    expect(proxy.take()).toEqual({ "list virtualmachines": 1, "watch virtualmachines": 1 });
  });
});

describe("a read after a write of the same process", () => {
  test("sees it at once", async () => {
    await createAll();
    await refresh();
    const olds = (await read("default/vm-1", outputs("vm-1"))).props ?? {};
    const news = { ...outputs("vm-1"), metadata: { ...outputs("vm-1").metadata, labels: { round: "2" } } };
    await update("default/vm-1", olds, news);
    await remove("default/vm-2", (await read("default/vm-2", outputs("vm-2"))).props ?? {});
    const [first, second, third] = await Promise.all(
      ["vm-1", "vm-2", "vm-3"].map((name) =>
        read(`default/${name}`, { ...news, metadata: { ...news.metadata, name } }),
      ),
    );
    expect(first?.props).toMatchObject({ metadata: { labels: { round: "2" } } });
    expect(second).toEqual({});
    expect(third?.id).toBe("default/vm-3");
  });
});

describe("a refresh of one machine", () => {
  test("is one request for it, however many there are", async () => {
    await createAll();
    expect(await isThere("vm-5")).toBe(true);
    expect(proxy.take()).toEqual({ "get virtualmachines": 1 });
  });
});

test("an API that goes away during a refresh is an error, and nothing is gone", async () => {
  await createAll();
  await refresh();
  await lab.stopApi();
  await eventually("reads fail", async () => {
    const outcomes = await Promise.allSettled(names.slice(0, parallel).map(isThere));
    for (const outcome of outcomes) if (outcome.status === "fulfilled") expect(outcome.value).toBe(true);
    return outcomes.every(({ status }) => status === "rejected") ? true : undefined;
  });
  await lab.startApi();
  await lab.client.delete(virtualMachines, { namespace: "default", name: nameOf(0) });
  const found = await refresh();
  expect(names.filter((name) => found.get(name) !== true)).toEqual([nameOf(0)]);
});
