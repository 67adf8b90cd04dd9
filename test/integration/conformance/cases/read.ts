/** GET of one object and of collections. */
import { expect } from "vitest";
import { textAt, valueAt } from "../../../../provider/apiserver/object";
import type { Area } from "../support/case";
import { configMap, machine } from "../support/objects";
import type { Session } from "../support/session";

const names = (list: unknown): readonly string[] => {
  const items = valueAt(list, "items");
  return Array.isArray(items) ? items.map((item) => textAt(item, "metadata", "name")) : [];
};

async function givenMachines(session: Session, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const labels = {
      index: String(index),
      parity: index % 2 === 0 ? "even" : "odd",
      ...(index === 0 ? { first: "" } : {}),
    };
    await session.given(session.path("virtualmachines"), machine(`web-${index}`, { labels }));
  }
}

const selectors: readonly (readonly [selector: string, chosen: readonly number[]])[] = [
  ["parity=even", [0, 2, 4]],
  ["parity==even", [0, 2, 4]],
  ["parity!=even", [1, 3]],
  ["parity in (even,odd)", [0, 1, 2, 3, 4]],
  ["parity notin (even)", [1, 3]],
  ["first", [0]],
  ["!first", [1, 2, 3, 4]],
  ["first=", [0]],
  ["parity=even,index!=2", [0, 4]],
  ["index>2", [3, 4]],
  ["index<2", [0, 1]],
  ["index in (1, 3),parity", [1, 3]],
  [" parity = even ", [0, 2, 4]],
  ["missing!=x", [0, 1, 2, 3, 4]],
  ["parity in ()", []],
  ["parity in (even,)", [0, 2, 4]],
  ["", [0, 1, 2, 3, 4]],
];

const brokenSelectors = ["parity in", "a=b=c", "=x", "a b", "parity in (a", "-a=b", "a=-b", "index>x", "!a=b", "a,,b"];

export const read: Area = {
  name: "get and list",
  cases: [
    {
      name: "finds an object, and says when there is none",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("web"));
        expect((await session.get(session.path("virtualmachines", "web"))).code).toBe(200);
        const { code, body } = await session.get(session.path("virtualmachines", "nope"));
        expect({ code, reason: valueAt(body, "reason") }).toEqual({ code: 404, reason: "NotFound" });
        expect((await session.get(session.core("configmaps", "nope"))).code).toBe(404);
        expect((await session.get("/apis/kubevirt.io/v1alpha1/namespaces/nowhere/virtualmachines/a")).code).toBe(404);
      },
    },
    {
      name: "answers a HEAD with headers alone",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("web"));
        const { code, body } = await session.call("HEAD", session.path("virtualmachines", "web"));
        expect({ code, body }).toEqual({ code: 200, body: "" });
      },
    },
    {
      name: "lists in the order of names, also over all namespaces",
      disturbedBy: "every namespace gets the config map of the cluster's certificates",
      run: async (session) => {
        for (const name of ["c", "a", "b", "a.b", "a-b"])
          await session.given(session.path("virtualmachines"), machine(name));
        const { body } = await session.get(session.path("virtualmachines"));
        expect(names(body)).toEqual(["a", "a-b", "a.b", "b", "c"]);
        expect(valueAt(body, "kind")).toBe("VirtualMachineList");
        const everywhere = await session.quiet({ method: "GET", path: "/apis/kubevirt.io/v1alpha1/virtualmachines" });
        expect(names(everywhere.body)).toEqual(expect.arrayContaining(["a", "b", "c"]));
        await session.get(session.path("virtualmachinepresets"));
        await session.get("/apis/kubevirt.io/v1alpha1/namespaces/nowhere/virtualmachines");
        await session.given(session.core("configmaps"), configMap("a"));
        await session.get(session.core("configmaps"));
      },
    },
    {
      name: "selects by labels",
      run: async (session) => {
        await givenMachines(session, 5);
        for (const [selector, chosen] of selectors) {
          const path = `${session.path("virtualmachines")}?labelSelector=${encodeURIComponent(selector)}`;
          const { code, body } = await session.quiet({ method: "GET", path });
          session.note(`selector ${selector}`, { code, names: names(body) });
          expect({ selector, code, names: names(body) }).toEqual({
            selector,
            code: 200,
            names: chosen.map((index) => `web-${index}`),
          });
        }
      },
    },
    {
      name: "refuses selectors of labels that do not parse",
      run: async (session) => {
        for (const selector of brokenSelectors) {
          const path = `${session.path("virtualmachines")}?labelSelector=${encodeURIComponent(selector)}`;
          const { code, body } = await session.get(path);
          expect({ selector, code, reason: valueAt(body, "reason") }).toEqual({
            selector,
            code: 400,
            reason: "BadRequest",
          });
        }
      },
    },
    {
      name: "selects by fields",
      run: async (session) => {
        await givenMachines(session, 3);
        const status = { status: { phase: "Running", nodeName: "here" } };
        await session.patch("merge", session.path("virtualmachines", "web-1", "status"), status);
        for (const [selector, chosen] of [
          ["metadata.name=web-1", ["web-1"]],
          ["metadata.name==web-1", ["web-1"]],
          ["metadata.name!=web-1", ["web-0", "web-2"]],
          [`metadata.namespace=${session.namespace}`, ["web-0", "web-1", "web-2"]],
          ["status.phase=Running", ["web-1"]],
          ["status.phase=", ["web-0", "web-2"]],
          ["status.phase=Running,status.nodeName=here", ["web-1"]],
          ["status.phase=Running,status.nodeName=there", []],
        ] as const) {
          const path = `${session.path("virtualmachines")}?fieldSelector=${encodeURIComponent(selector)}`;
          const { code, body } = await session.quiet({ method: "GET", path });
          session.note(`selector ${selector}`, { code, names: names(body) });
          expect({ selector, code, names: names(body) }).toEqual({ selector, code: 200, names: chosen });
        }
        for (const selector of ["spec.domain=x", "metadata.labels.a=b", "nonsense", "=x", "metadata.name"]) {
          const path = `${session.path("virtualmachines")}?fieldSelector=${encodeURIComponent(selector)}`;
          expect({ selector, code: (await session.get(path)).code }).toEqual({ selector, code: 400 });
        }
        const core = `${session.core("configmaps")}?fieldSelector=data=x`;
        expect((await session.get(core)).code).toBe(400);
      },
    },
    {
      name: "gives out long lists in pages that show one moment",
      run: async (session) => {
        await givenMachines(session, 5);
        const path = session.path("virtualmachines");
        const first = await session.get(`${path}?limit=2`);
        expect(names(first.body)).toEqual(["web-0", "web-1"]);
        expect(valueAt(first.body, "metadata", "remainingItemCount")).toBe(3);
        await session.given(path, machine("web-00"));
        await session.given(path, machine("web-9"));
        const token = encodeURIComponent(textAt(first.body, "metadata", "continue"));
        const second = await session.get(`${path}?limit=2&continue=${token}`);
        expect(names(second.body)).toEqual(["web-2", "web-3"]);
        const next = encodeURIComponent(textAt(second.body, "metadata", "continue"));
        const third = await session.get(`${path}?limit=2&continue=${next}`);
        expect(names(third.body)).toEqual(["web-4"]);
        const version = (body: unknown) => textAt(body, "metadata", "resourceVersion");
        expect([version(second.body), version(third.body)]).toEqual([version(first.body), version(first.body)]);
        const selected = await session.get(`${path}?limit=1&labelSelector=parity%3Dodd`);
        expect(names(selected.body)).toEqual(["web-1"]);
        expect(valueAt(selected.body, "metadata")).not.toHaveProperty("remainingItemCount");
        await session.get(`${path}?limit=100`);
        await session.get(`${path}?limit=0`);
        const again = await session.get(`${path}?continue=${token}`);
        expect(names(again.body)).toEqual(["web-2", "web-3", "web-4"]);
      },
    },
    {
      name: "refuses limits and tokens that are none",
      run: async (session) => {
        const path = session.path("virtualmachines");
        for (const limit of ["x", "", "1.5", "0x1", "9223372036854775808", "%201"]) {
          expect({ limit, code: (await session.get(`${path}?limit=${limit}`)).code }).toEqual({ limit, code: 400 });
        }
        expect((await session.get(`${session.core("configmaps")}?limit=x`)).code).toBe(400);
        for (const token of ["x", "e30", "e30&resourceVersion=1"]) {
          const { code } = await session.get(`${path}?continue=${token}`);
          expect({ token, code }).toEqual({ token, code: 400 });
        }
        await session.given(path, machine("a"));
        await session.given(path, machine("b"));
        const { body } = await session.quiet({ method: "GET", path: `${path}?limit=1` });
        const token = encodeURIComponent(textAt(body, "metadata", "continue"));
        expect((await session.get(`${path}?continue=${token}&resourceVersion=1`)).code).toBe(400);
        expect((await session.get(`${path}?continue=${token}&resourceVersion=x`)).code).toBe(400);
        const match = await session.get(`${path}?continue=${token}&resourceVersion=1&resourceVersionMatch=Exact`);
        expect(match.code).toBe(422);
        const rest = await session.get(`${path}?continue=${token}&resourceVersion=0`);
        expect(names(rest.body)).toEqual(["b"]);
      },
    },
    {
      name: "takes a token for a place within the collection that is asked for",
      run: async (session) => {
        await givenMachines(session, 3);
        const { body } = await session.quiet({ method: "GET", path: `${session.path("virtualmachines")}?limit=1` });
        const token = encodeURIComponent(textAt(body, "metadata", "continue"));
        await session.given(session.core("configmaps"), configMap("a"));
        await session.given(session.core("configmaps"), configMap("z"));
        await session.get(`${session.path("virtualmachinepresets")}?continue=${token}`);
        const selected = await session.get(
          `${session.path("virtualmachines")}?continue=${token}&labelSelector=parity%3Deven`,
        );
        expect(names(selected.body)).toEqual(["web-2"]);
        await session.get(`${session.path("virtualmachines")}?continue=${token}&limit=1`);
        await session.get(`${session.path("virtualmachines")}?continue=${token}&limit=-1`);
      },
    },
    {
      name: "understands the versions that a list may be of",
      run: async (session) => {
        const path = session.path("virtualmachines");
        const { body } = await session.given(path, machine("a"));
        const version = textAt(body, "metadata", "resourceVersion");
        await session.given(path, machine("b"));
        // A list of version 0 may be old: one of the newest waits until the server's cache knows what was written.
        await session.quiet({ method: "GET", path });
        expect(names((await session.get(`${path}?resourceVersion=0`)).body)).toEqual(["a", "b"]);
        expect(names((await session.get(`${path}?resourceVersion=${version}`)).body)).toEqual(["a", "b"]);
        const exact = await session.get(`${path}?resourceVersion=${version}&resourceVersionMatch=Exact`);
        expect(names(exact.body)).toEqual(["a"]);
        expect(textAt(exact.body, "metadata", "resourceVersion")).toBe(version);
        const limited = await session.get(`${path}?resourceVersion=${version}&limit=5`);
        expect(names(limited.body)).toEqual(["a"]);
        for (const [query, listed] of [
          ["resourceVersion=0&limit=1", ["a", "b"]],
          ["resourceVersion=0&limit=1&resourceVersionMatch=NotOlderThan", ["a", "b"]],
          ["resourceVersion=00&limit=1", ["a"]],
          [`resourceVersion=${version}&limit=1&resourceVersionMatch=NotOlderThan`, ["a"]],
          ["resourceVersion=00&resourceVersionMatch=Exact", ["a", "b"]],
          ["resourceVersion=&resourceVersionMatch=", ["a", "b"]],
        ] as const) {
          const { body: list } = await session.get(`${path}?${query}`);
          expect({ query, names: names(list) }).toEqual({ query, names: listed });
        }
        await session.get(`${session.path("virtualmachines", "a")}?resourceVersion=0`);
        await session.get(`${session.path("virtualmachines", "a")}?resourceVersion=${version}`);
        const newer = await session.get(`${path}?resourceVersion=${version}&resourceVersionMatch=NotOlderThan`);
        expect(names(newer.body)).toEqual(["a", "b"]);
      },
    },
    {
      name: "refuses versions that no list can be of",
      run: async (session) => {
        const path = session.path("virtualmachines");
        await session.given(path, machine("a"));
        expect((await session.get(`${path}?resourceVersionMatch=Exact`)).code).toBe(422);
        expect((await session.get(`${path}?resourceVersion=0&resourceVersionMatch=Exact`)).code).toBe(422);
        expect((await session.get(`${path}?resourceVersion=1&resourceVersionMatch=Odd`)).code).toBe(422);
        expect((await session.get(`${path}?resourceVersion=1&resourceVersionMatch=exact`)).code).toBe(422);
        expect((await session.get(`${path}?resourceVersionMatch=NotOlderThan`)).code).toBe(422);
        expect((await session.get(`${path}?sendInitialEvents=true`)).code).toBe(422);
        expect((await session.get(`${session.core("configmaps")}?resourceVersionMatch=Odd`)).code).toBe(422);
        for (const version of ["x", "-1", "1.0", "%2B1", "18446744073709551616"]) {
          const { code } = await session.get(`${path}?resourceVersion=${version}`);
          expect({ version, code }).toEqual({ version, code: 400 });
        }
        await session.get(`${session.path("virtualmachines", "a")}?resourceVersion=x`);
        const ahead = await session.quiet({ method: "GET", path: `${path}?resourceVersion=99999999` });
        session.note("ahead", { code: ahead.code, causes: valueAt(ahead.body, "details", "causes") });
        expect(ahead.code).toBe(504);
      },
    },
    {
      name: "gives metadata alone, in the forms that controllers ask for",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("web"));
        const as = (kind: string) => ({ accept: `application/json;as=${kind};g=meta.k8s.io;v=v1` });
        const one = await session.get(session.path("virtualmachines", "web"), as("PartialObjectMetadata"));
        expect(one.body).toMatchObject({ kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1" });
        expect(one.body).not.toHaveProperty("spec");
        const all = await session.get(session.path("virtualmachines"), as("PartialObjectMetadataList"));
        expect(all.body).toMatchObject({ kind: "PartialObjectMetadataList", items: [{ metadata: { name: "web" } }] });
        for (const [name, kind] of [
          [undefined, "PartialObjectMetadata"],
          ["web", "PartialObjectMetadataList"],
          ["web", "Odd"],
        ] as const) {
          const { code } = await session.get(session.path("virtualmachines", name), as(kind));
          if (session.side === "local") expect({ kind, code }).toEqual({ kind, code: 406 });
        }
        const dryRun = `${session.path("virtualmachines")}?dryRun=All`;
        await session.call("DELETE", dryRun, undefined, as("PartialObjectMetadata"));
        await session.call("DELETE", dryRun, undefined, as("PartialObjectMetadataList"));
        await session.call("POST", dryRun, machine("a"), as("PartialObjectMetadata"));
      },
    },
    {
      name: "gives tables and metadata in their earlier version too",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("web"));
        const as = (kind: string) => ({ accept: `application/json;as=${kind};g=meta.k8s.io;v=v1beta1` });
        const table = await session.get(session.path("virtualmachines"), as("Table"));
        expect(table.body).toMatchObject({ kind: "Table", apiVersion: "meta.k8s.io/v1beta1" });
        await session.get(session.path("virtualmachines", "web"), as("PartialObjectMetadata"));
        await session.get(session.path("virtualmachines"), as("PartialObjectMetadataList"));
      },
    },
    {
      name: "refuses in the format that was asked for, and pages that browsers read",
      run: async (session) => {
        const missing = session.path("virtualmachines", "nope");
        const yaml = await session.get(missing, { accept: "application/yaml" });
        expect(yaml.headers["content-type"]).toBe("application/yaml");
        expect((await session.get(session.path("virtualmachines"), { accept: "text/html" })).code).toBe(406);
        await session.get(session.path("virtualmachines"), { accept: "text/html,*/*;q=0.8" });
      },
    },
    {
      name: "reads numbers and flags of a query as Kubernetes does",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("web"));
        const path = session.path("virtualmachines");
        await session.get(`${path}?watch=false`);
        await session.get(`${path}?watch=0`);
        await session.get(`${path}?pretty=true&unknown=1`);
        await session.get(`${path}?watch=FALSE`);
        for (const query of [
          "timeoutSeconds=x",
          "timeoutSeconds=",
          "timeoutSeconds=-1",
          "timeoutSeconds=0",
          "limit=%2B1",
          "limit=-1",
          "limit=-0",
          "limit=01",
          "limit=1&limit=x",
          "limit=x&limit=1",
          "allowWatchBookmarks=x",
          "labelSelector=a&labelSelector=b",
        ]) {
          await session.get(`${path}?${query}`);
        }
        const one = session.path("virtualmachines", "web");
        for (const query of ["resourceVersion=0", "limit=x", "fieldSelector=x", "watch=1", "watch=true"]) {
          expect((await session.get(`${one}?${query}`)).body).toMatchObject({ kind: "VirtualMachine" });
        }
        expect((await session.get(`${path}/`)).code).toBe(200);
        expect((await session.get(`${one}/`)).code).toBe(200);
      },
    },
  ],
};
