import { type handleUnaryCall, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { ConstructRequest, ConstructResponse } from "@pulumi/pulumi/proto/provider_pb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ComponentHost, Components } from "../../../provider/plugin/components";
import { Session } from "../../../provider/plugin/session";

let server: Server;
let port: number;
let requests: ConstructRequest[];
let refusal: string | undefined;
let stops: number;
let starts: string[];

beforeEach(async () => {
  [requests, refusal, stops, starts] = [[], undefined, 0, []];
  const construct: handleUnaryCall<ConstructRequest, ConstructResponse> = ({ request }, callback) => {
    requests.push(request);
    if (refusal === undefined) callback(null, new ConstructResponse().setUrn(`urn of ${request.getName()}`));
    else callback({ code: status.UNKNOWN, details: refusal });
  };
  server = new Server();
  server.addService(ResourceProviderService, { construct });
  port = await new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
});
afterEach(() => server.forceShutdown());

async function host(engine: string): Promise<ComponentHost> {
  starts.push(engine);
  return { port, stop: () => (stops += 1) };
}
const requestFor = (name: string) => new ConstructRequest().setType("kubevirt:index:ControlPlane").setName(name);

describe("components", () => {
  it("are made by one process, which is started for the first and ended with the plugin", async () => {
    const components = new Components(new Session(), host);
    expect(starts).toEqual([]);
    const made = ["a", "b"].map((name) => components.construct(requestFor(name), "127.0.0.1:7"));
    expect((await Promise.all(made)).map((response) => response.getUrn())).toEqual(["urn of a", "urn of b"]);
    expect(starts).toEqual(["127.0.0.1:7"]);
    await components.stop();
    expect(stops).toBe(1);
  });

  it("go to the cluster of the provider that makes them, whatever the stack says, its kubeconfig a secret", async () => {
    const session = new Session();
    session.configure({ kubeconfig: "/lab.yaml", context: undefined, namespace: "team" });
    const request = requestFor("a");
    request.getConfigMap().set("kubevirt:kubeconfig", "/stack.yaml").set("other:key", "value");
    await new Components(session, host).construct(request, "");
    const [sent] = requests;
    expect(Object.fromEntries(sent?.getConfigMap().entries() ?? [])).toEqual({
      "kubevirt:kubeconfig": "/lab.yaml",
      "kubevirt:namespace": "team",
      "other:key": "value",
    });
    expect(sent?.getConfigsecretkeysList()).toEqual(["kubevirt:kubeconfig"]);
  });

  it("are refused in the words of the process that makes them", async () => {
    refusal = "image.tag: no";
    await expect(new Components(new Session(), host).construct(requestFor("a"), "")).rejects.toThrow(/^image.tag: no$/);
  });

  it("are made by another process when one has ended", async () => {
    const components = new Components(new Session(), async () => {
      starts.push("");
      return { port: starts.length === 1 ? 1 : port, stop: () => undefined };
    });
    await expect(components.construct(requestFor("a"), "")).rejects.toThrow(
      /^the process that makes components has ended before the component was there \(.*\); run "pulumi up" again$/s,
    );
    expect((await components.construct(requestFor("a"), "")).getUrn()).toBe("urn of a");
  });

  it("are tried again when the process did not start", async () => {
    let broken = true;
    const components = new Components(new Session(), async (engine) => {
      if (broken) throw new Error("no memory");
      return host(engine);
    });
    await expect(components.construct(requestFor("a"), "")).rejects.toThrow("no memory");
    await components.stop();
    broken = false;
    expect((await components.construct(requestFor("a"), "")).getUrn()).toBe("urn of a");
  });
});
