import { describe, expect, it } from "vitest";
import { provider } from "../../../provider/lifecycle";
import { forwarder } from "../../../provider/lifecycle/forwarder";

const asked = { metadata: { name: "web", namespace: "default" }, spec: { domain: {} } };
const news = { ...asked, __provider: forwarder("VirtualMachine") };

describe("the diff of a dynamic resource", () => {
  const diff = (olds: object) => provider("VirtualMachine").diff("default/web", { ...olds }, news);

  it("finds nothing to do in a state that is as it is asked for", async () => {
    expect(await diff({ ...asked, __provider: forwarder("VirtualMachine") })).toMatchObject({ changes: false });
  });

  it("updates a state of the plugin, which has no forwarder, and replaces nothing", async () => {
    const result = await diff({ ...asked, differs: true });
    expect(result).toMatchObject({ changes: true, replaces: [] });
    expect((await diff(asked)).changes).not.toBe(false);
  });
});
