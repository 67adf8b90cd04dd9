/** The built-in kinds that the project serves, and requests that no kind answers. */
import { expect } from "vitest";
import { valueAt } from "../../../../provider/apiserver/object";
import type { Area } from "../support/case";
import { claim, configMap, machine, secret } from "../support/objects";

const leasesIn = (namespace: string) => `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;

export const core: Area = {
  name: "built-in kinds",
  cases: [
    {
      name: "makes, shows and labels namespaces",
      run: async (session) => {
        const name = `${session.namespace}-more`;
        const made = await session.post("/api/v1/namespaces", { metadata: { name } });
        expect(made.body).toMatchObject({ status: { phase: "Active" }, spec: { finalizers: ["kubernetes"] } });
        await session.patch("merge", `/api/v1/namespaces/${name}`, { metadata: { labels: { a: "b" } } });
        await session.get(`/api/v1/namespaces/${name}`);
        await session.post("/api/v1/namespaces", { metadata: { name } });
        await session.post("/api/v1/namespaces", { metadata: { name: "No_Name" } });
        const status = { status: { phase: "Terminating" } };
        expect((await session.patch("merge", `/api/v1/namespaces/${name}/status`, status)).code).toBe(422);
        expect((await session.patch("merge", `/api/v1/namespaces/${name}`, status)).code).toBe(200);
        await session.get(`/api/v1/namespaces/${name}`);
      },
    },
    {
      name: "keeps secrets",
      run: async (session) => {
        const path = session.core("secrets");
        const mixed = secret("keys", { data: { a: "Yg==" }, stringData: { c: "d" } });
        expect((await session.post(path, mixed)).body).toMatchObject({ data: { a: "Yg==", c: "ZA==" } });
        await session.patch("merge", `${path}/keys`, { stringData: { c: "e" } });
        await session.patch("merge", `${path}/keys`, { type: "other" });
        await session.post(path, secret("bad", { data: { a: "?" } }));
        await session.post(path, secret("bad", { data: { "a/b": "Yg==" } }));
        await session.post(path, secret("frozen", { immutable: true, data: { a: "Yg==" } }));
        expect((await session.patch("merge", `${path}/frozen`, { data: { a: "Yw==" } })).code).toBe(422);
        await session.patch("merge", `${path}/frozen`, { immutable: false });
        await session.patch("merge", `${path}/frozen`, { metadata: { labels: { a: "b" } } });
      },
    },
    {
      name: "looks into secrets of the well-known types",
      run: async (session) => {
        const path = session.core("secrets");
        const config = { ".dockerconfigjson": "{}" };
        for (const [name, fields, code] of [
          ["pull", { type: "kubernetes.io/dockerconfigjson", stringData: config }, 201],
          ["pull-empty", { type: "kubernetes.io/dockerconfigjson" }, 422],
          ["pull-odd", { type: "kubernetes.io/dockerconfigjson", data: { ".dockerconfigjson": "Yg==" } }, 422],
          ["cfg-odd", { type: "kubernetes.io/dockercfg", stringData: { ".dockercfg": "x" } }, 422],
          ["tls-half", { type: "kubernetes.io/tls", stringData: { "tls.crt": "x" } }, 422],
          ["login", { type: "kubernetes.io/basic-auth", stringData: { username: "x" } }, 201],
          ["login-empty", { type: "kubernetes.io/basic-auth" }, 422],
          ["ssh", { type: "kubernetes.io/ssh-auth", stringData: { "ssh-privatekey": "x" } }, 201],
          ["ssh-empty", { type: "kubernetes.io/ssh-auth", stringData: { "ssh-privatekey": "" } }, 422],
          ["token", { type: "kubernetes.io/service-account-token" }, 422],
          ["own", { type: "example.com/own" }, 201],
        ] as const) {
          expect({ name, code: (await session.post(path, secret(name, fields))).code }).toEqual({ name, code });
        }
        expect((await session.patch("merge", `${path}/own`, { type: "kubernetes.io/tls" })).code).toBe(422);
        await session.patch("merge", `${path}/pull`, { data: null });
        await session.patch("merge", `${path}/own`, { type: null });
      },
    },
    {
      name: "takes nothing of the wrong type for secrets and config maps, and bytes as base64 alone",
      run: async (session) => {
        for (const [plural, make, fields] of [
          ["secrets", secret, [{ data: { a: "?" } }, { data: { a: 1 } }, { type: 1 }, { stringData: { a: 1 } }]],
          [
            "configmaps",
            configMap,
            [{ binaryData: { b: "Yg" } }, { data: { a: 1 } }, { data: [] }, { immutable: "x" }],
          ],
        ] as const) {
          const path = session.core(plural);
          await session.given(path, make("there"));
          await session.get(`${path}/there`);
          for (const each of fields) {
            expect((await session.post(path, { ...make("fresh"), ...each })).code).toBe(400);
            expect((await session.put(`${path}/there`, { ...make("there"), ...each })).code).toBe(400);
            expect((await session.patch("merge", `${path}/there`, each)).code).toBe(422);
            await session.patch("strategic", `${path}/there`, each);
          }
        }
        const words = session.core("configmaps", "there");
        const broken = await session.patch("merge", words, { binaryData: { b: "Yg==\n", c: "" } });
        expect(valueAt(broken.body, "binaryData")).toEqual({ b: "Yg==", c: "" });
        await session.patch("merge", words, { data: { a: null } });
        expect((await session.get(words)).body).not.toHaveProperty("data");
        await session.patch("merge", words, { kind: "Secret" });
        for (const key of ["..", "..a", ".", ".a", ""]) {
          await session.post(session.core("configmaps"), configMap("keyed", { [key]: "x" }));
          await session.delete(session.core("configmaps", "keyed"));
        }
      },
    },
    {
      name: "keeps config maps",
      run: async (session) => {
        const path = session.core("configmaps");
        await session.post(path, { ...configMap("bytes"), binaryData: { b: "Yg==" } });
        await session.post(path, { ...configMap("twice", { a: "b" }), binaryData: { a: "Yg==" } });
        await session.post(path, { ...configMap("frozen"), immutable: true });
        expect((await session.patch("merge", `${path}/frozen`, { data: { a: "c" } })).code).toBe(422);
        await session.patch("merge", `${path}/frozen`, { data: null });
      },
    },
    {
      name: "keeps claims",
      disturbedBy: "claims are protected, and bound to volumes or not",
      run: async (session) => {
        const path = session.core("persistentvolumeclaims");
        expect((await session.post(path, claim("disk"))).body).toMatchObject({ status: { phase: "Pending" } });
        await session.patch("merge", `${path}/disk/status`, {
          status: { phase: "Bound", capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"] },
        });
        await session.get(path, { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" });
        await session.post(path, { ...claim("bare"), spec: {} });
      },
    },
    {
      name: "judges and completes new claims",
      run: async (session) => {
        const path = session.core("persistentvolumeclaims");
        const { spec } = claim("any");
        for (const [name, fields, code] of [
          ["no-modes", { accessModes: [] }, 422],
          ["odd-mode", { accessModes: ["Odd"] }, 422],
          ["pod-and-more", { accessModes: ["ReadWriteOncePod", "ReadWriteOnce"] }, 422],
          ["text-for-modes", { accessModes: "ReadWriteOnce" }, 400],
          ["no-size", { resources: {} }, 422],
          ["zero", { resources: { requests: { storage: "0" } } }, 422],
          ["negative", { resources: { requests: { storage: "-1Gi" } } }, 422],
          ["words", { resources: { requests: { storage: "much" } } }, 400],
          ["flag", { resources: { requests: { storage: true } } }, 400],
          ["number", { resources: { requests: { storage: 5 } } }, 201],
          ["spelled", { resources: { requests: { storage: "1024Mi" }, limits: { storage: "0.5Gi" } } }, 201],
          ["no-class", { storageClassName: "" }, 201],
          ["odd-class", { storageClassName: "No_Class" }, 422],
          ["block", { storageClassName: "local", volumeName: "vol", volumeMode: "Block" }, 201],
          ["odd-volume", { volumeMode: "Odd" }, 422],
          ["empty-volume", { volumeMode: "" }, 422],
          ["selected", { selector: { matchLabels: { a: "b" } } }, 201],
          ["copied", { dataSource: { kind: "PersistentVolumeClaim", name: "number" } }, 201],
          ["referred", { dataSourceRef: { kind: "PersistentVolumeClaim", name: "number" } }, 201],
          ["unknown", { odd: 1 }, 201],
        ] as const) {
          const reply = await session.post(path, { ...claim(name), spec: { ...spec, ...fields } });
          expect({ name, code: reply.code }).toEqual({ name, code });
        }
        for (const finalizers of [["kubernetes.io/pvc-protection", "a.b/c"], ["a.b/c"]]) {
          const name = `held-${finalizers.length}`;
          await session.post(path, { ...claim(name), metadata: { name, finalizers } });
        }
        await session.post(path, { ...claim("told"), status: { phase: "Bound" } });
        const columns = await session.get(path, { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" });
        expect(columns.code).toBe(200);
        await session.kubectl("get", "pvc", "-o", "wide");
      },
    },
    {
      name: "keeps claims as they were claimed",
      disturbedBy: "claims are protected, and bound to volumes or not",
      run: async (session) => {
        const claims = session.core("persistentvolumeclaims");
        const path = `${claims}/disk`;
        await session.post(claims, claim("disk"));
        const sized = (storage: string) => ({ resources: { requests: { storage } } });
        for (const [spec, code] of [
          [sized("2Gi"), 422],
          [sized("1024Mi"), 200],
          [{ accessModes: ["ReadWriteMany"] }, 422],
          [{ accessModes: null }, 422],
          [{ storageClassName: "local" }, 200],
          [{ storageClassName: "other" }, 422],
          [{ volumeName: "v1" }, 200],
          [{ volumeName: "v2" }, 422],
          [{ volumeMode: null }, 200],
          [{ selector: { matchLabels: { a: "b" } } }, 422],
        ] as const) {
          expect({ spec, code: (await session.patch("merge", path, { spec })).code }).toEqual({ spec, code });
        }
        for (const [status, code] of [
          [{ phase: "" }, 200],
          [{ phase: null }, 200],
          [{ phase: 1 }, 422],
          [{ capacity: { storage: "1024Mi" } }, 200],
          [{ capacity: { storage: "much" } }, 422],
          [{ capacity: { storage: "-1" } }, 422],
          [{ conditions: [{ type: "Resizing", status: "True" }] }, 200],
          [{ odd: 1 }, 200],
          [{ phase: "Bound", accessModes: ["ReadWriteOnce"] }, 200],
        ] as const) {
          const reply = await session.patch("merge", `${path}/status`, { status });
          expect({ status, code: reply.code }).toEqual({ status, code });
        }
        await session.patch("strategic", `${path}/status`, {
          status: { conditions: [{ type: "More", status: "True" }] },
        });
        for (const [spec, code] of [
          [sized("512Mi"), 422],
          [sized("1Gi"), 200],
          [{ accessModes: ["ReadWriteMany"] }, 422],
          [{ volumeAttributesClassName: "quick" }, 200],
          [{ resources: { limits: { storage: "5Gi" } } }, 422],
        ] as const) {
          expect({ spec, code: (await session.patch("merge", path, { spec })).code }).toEqual({ spec, code });
        }
        await session.patch("merge", path, { status: { phase: "Lost" } });
        await session.patch("merge", `${path}/status`, { status: null });
        await session.kubectl("get", "pvc");
      },
    },
    {
      name: "holds claims that are deleted until somebody lets them go",
      disturbedBy: "claims are protected, and bound to volumes or not",
      run: async (session) => {
        const path = session.core("persistentvolumeclaims");
        await session.post(path, claim("disk"));
        const deleted = await session.delete(`${path}/disk`);
        expect(valueAt(deleted.body, "metadata", "finalizers")).toEqual(["kubernetes.io/pvc-protection"]);
        await session.kubectl("get", "pvc");
        await session.patch("merge", `${path}/disk`, { metadata: { finalizers: null } });
        expect((await session.get(`${path}/disk`)).code).toBe(404);
        await session.post(path, claim("free"));
        await session.patch("merge", `${path}/free`, { metadata: { finalizers: null } });
        const gone = await session.delete(`${path}/free`);
        expect(valueAt(gone.body, "kind")).toBe("PersistentVolumeClaim");
      },
    },
    {
      name: "applies claims",
      run: async (session) => {
        const path = (name: string) => `${session.core("persistentvolumeclaims", name)}?fieldManager=one`;
        expect((await session.patch("apply", path("disk"), claim("disk"))).code).toBe(201);
        expect((await session.patch("apply", path("disk"), claim("disk"))).code).toBe(200);
        const { spec } = claim("disk");
        const sized = { ...spec, resources: { requests: { storage: "2Gi" } } };
        expect((await session.patch("apply", path("disk"), { ...claim("disk"), spec: sized })).code).toBe(422);
        const { spec: _, ...bare } = claim("disk");
        const conditions = [{ type: "Resizing", status: "True" }];
        const status = path("disk").replace("?", "/status?");
        expect((await session.patch("apply", status, { ...bare, status: { phase: "Bound", conditions } })).code).toBe(
          200,
        );
      },
    },
    {
      name: "keeps events and leases",
      run: async (session) => {
        const event = {
          metadata: { name: "web.1" },
          involvedObject: { kind: "VirtualMachine", namespace: session.namespace, name: "web" },
          reason: "Started",
          type: "Normal",
        };
        expect((await session.post(session.core("events"), event)).code).toBe(201);
        const foreign = { ...event, involvedObject: { ...event.involvedObject, namespace: "elsewhere" } };
        await session.post(session.core("events"), { ...foreign, metadata: { name: "web.2" } });
        await session.get(`${session.core("events")}?fieldSelector=involvedObject.name%3Dweb,reason%3DStarted`);
        const lease = {
          apiVersion: "coordination.k8s.io/v1",
          kind: "Lease",
          metadata: { name: "leader" },
          spec: { holderIdentity: "me", leaseDurationSeconds: 15, renewTime: "2026-01-01T00:00:00.000000Z" },
        };
        expect((await session.post(leasesIn(session.namespace), lease)).code).toBe(201);
        await session.get(leasesIn(session.namespace), { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" });
        await session.patch("merge", `${leasesIn(session.namespace)}/leader`, { spec: { holderIdentity: "you" } });
      },
    },
    {
      name: "does not find paths that there are not",
      run: async (session) => {
        for (const path of [
          "/nowhere",
          "/apis/nowhere.io/v1/things",
          "/apis/kubevirt.io/v9/virtualmachines",
          session.path("nonsense"),
          session.core("nonsense", "a"),
          "/api/v9",
        ]) {
          expect({ path, code: (await session.get(path)).code }).toEqual({ path, code: 404 });
        }
      },
    },
    {
      name: "does not allow what a path does not take",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("web"));
        expect((await session.put(session.path("virtualmachines"), machine("web"))).code).toBe(400);
        expect((await session.patch("merge", session.path("virtualmachines"), {})).code).toBe(400);
        expect((await session.patch("strategic", session.path("virtualmachines"), {})).code).toBe(415);
        const everywhere = "/apis/kubevirt.io/v1alpha1/virtualmachines";
        expect((await session.post(everywhere, machine("web"))).code).toBe(404);
        await session.put(everywhere, machine("web"));
        await session.delete(`${everywhere}?dryRun=All`);
        await session.get(`${everywhere}/web`);
        const configMaps = session.core("configmaps");
        for (const method of ["PUT", "PATCH", "OPTIONS"] as const) {
          expect((await session.call(method, configMaps, configMap("a"))).code).toBe(405);
        }
        expect((await session.post(`${configMaps}/a`, configMap("a"))).code).toBe(405);
        expect((await session.post("/api/v1/configmaps", configMap("a"))).code).toBe(405);
        expect((await session.delete("/api/v1/configmaps?dryRun=All")).code).toBe(405);
        expect((await session.delete("/api/v1/namespaces?dryRun=All")).code).toBe(405);
        expect((await session.delete(`/api/v1/namespaces/${session.namespace}/status`)).code).toBe(405);
        await session.call("OPTIONS", session.path("virtualmachines"));
        expect((await session.put("/version", {})).code).toBe(405);
      },
    },
    {
      name: "creates by the path of a custom object too, whatever its name",
      run: async (session) => {
        const path = session.path("virtualmachines", "web");
        expect((await session.post(path, machine("other"))).code).toBe(201);
        expect((await session.post(path, machine("other"))).code).toBe(409);
        expect((await session.get(path)).code).toBe(404);
        expect((await session.post(path, {})).code).toBe(400);
      },
    },
    {
      name: "does not answer in, or take, formats that it does not know",
      run: async (session) => {
        const path = session.path("virtualmachines");
        const odd = await session.get(path, { accept: "application/odd" });
        expect({ code: odd.code, reason: valueAt(odd.body, "reason") }).toEqual({ code: 406, reason: "NotAcceptable" });
        await session.get(path, { accept: "application/odd, application/json;q=0.5" });
        await session.get(session.core("configmaps"), { accept: "application/odd" });
        const posted = await session.call("POST", path, "x", { "content-type": "application/odd" });
        expect(posted.code).toBe(415);
        await session.call("PATCH", session.path("virtualmachines", "web"), "{}", { "content-type": "text/plain" });
        await session.call("POST", session.core("configmaps"), "x", { "content-type": "application/odd" });
      },
    },
  ],
};
