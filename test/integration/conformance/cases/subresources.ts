/** The doors beside an object's own: status and scale. */
import { expect } from "vitest";
import { valueAt } from "../../../../provider/apiserver/object";
import type { Area } from "../support/case";
import { machine, offlineMachine, preset, replicaSet } from "../support/objects";
import type { Session } from "../support/session";

const sets = (session: Session, subresource?: string) => session.path("virtualmachinereplicasets", "set", subresource);

async function givenSet(session: Session): Promise<void> {
  await session.given(session.path("virtualmachinereplicasets"), replicaSet("set"));
}

export const subresources: Area = {
  name: "subresources",
  cases: [
    {
      name: "writes a status through its own door only",
      run: async (session) => {
        const path = session.path("virtualmachines", "web");
        await session.given(session.path("virtualmachines"), { ...machine("web"), status: { phase: "Running" } });
        expect((await session.get(path)).body).not.toHaveProperty("status");
        await session.patch("merge", `${path}/status`, {
          metadata: { labels: { a: "b" } },
          spec: { nodeSelector: { a: "b" } },
          status: { phase: "Running" },
        });
        await session.patch("merge", path, { status: { phase: "Failed" } });
        const { body } = await session.get(`${path}/status`);
        expect(valueAt(body, "status", "phase")).toBe("Running");
        expect(body).not.toHaveProperty("spec.nodeSelector");
      },
    },
    {
      name: "reads and changes the number of replicas",
      run: async (session) => {
        await givenSet(session);
        const { body } = await session.get(sets(session, "scale"));
        expect(body).toMatchObject({ kind: "Scale", spec: { replicas: 2 } });
        const scaled = await session.put(sets(session, "scale"), { ...Object(body), spec: { replicas: 3 } });
        expect(scaled.body).toMatchObject({ spec: { replicas: 3 } });
        await session.put(sets(session, "scale"), { ...Object(body), spec: { replicas: 4 } });
        await session.patch("merge", sets(session, "scale"), { spec: { replicas: 5 } });
        await session.patch("json", sets(session, "scale"), [{ op: "replace", path: "/spec/replicas", value: 6 }]);
        expect(valueAt((await session.get(sets(session))).body, "spec", "replicas")).toBe(6);
        await session.patch("merge", sets(session, "scale"), { spec: { replicas: 0 } });
      },
    },
    {
      name: "tells what a status says of replicas",
      run: async (session) => {
        await givenSet(session);
        await session.patch("merge", sets(session, "status"), {
          status: { replicas: 2, readyReplicas: 1, labelSelector: "app=set" },
        });
        const { body } = await session.get(sets(session, "scale"));
        expect(valueAt(body, "status", "replicas")).toBe(2);
      },
    },
    {
      name: "refuses scales that are none",
      run: async (session) => {
        await givenSet(session);
        const scale = (fields: object = {}) => ({
          kind: "Scale",
          apiVersion: "autoscaling/v1",
          metadata: { name: "set", namespace: session.namespace },
          spec: { replicas: 1 },
          ...fields,
        });
        for (const replicas of [-1, 1.5, "x", "3", 2 ** 31]) {
          await session.patch("merge", sets(session, "scale"), { spec: { replicas } });
          await session.put(sets(session, "scale"), scale({ spec: { replicas } }));
        }
        for (const patch of [{ kind: "Odd" }, { apiVersion: "autoscaling/v2" }, { spec: "x" }, [], "x"]) {
          await session.patch("merge", sets(session, "scale"), patch);
        }
        await session.patch("merge", sets(session, "scale"), { metadata: { name: "other" } });
        await session.patch("merge", sets(session, "scale"), { metadata: { resourceVersion: "1" } });
        for (const [fields, code] of [
          [{ kind: "Odd", apiVersion: "v1" }, 400],
          [{ kind: "Odd" }, 400],
          [{ apiVersion: "autoscaling/v2" }, 400],
          [{ metadata: { name: "other" } }, 400],
          [{ metadata: {} }, 400],
          [{ metadata: undefined }, 400],
          [{ metadata: { name: "set", namespace: "other" } }, 400],
          [{ metadata: { name: "set", uid: "other" } }, 409],
          [{ metadata: { name: "set", resourceVersion: "1" } }, 409],
          [{ spec: "x" }, 400],
        ] as const) {
          const refused = await session.put(sets(session, "scale"), scale(fields));
          expect({ fields, code: refused.code }).toEqual({ fields, code });
        }
        await session.put(sets(session, "scale"), replicaSet("set"));
        await session.put(sets(session, "scale"), "x");
        await session.put(sets(session, "scale"), []);
        await session.patch("strategic", sets(session, "scale"), { spec: { replicas: 1 } });
        await session.patch("json", sets(session, "scale"), [{ op: "test", path: "/spec/replicas", value: 77 }]);
        await session.patch("json", sets(session, "scale"), [{ op: "replace", path: "/spec/replicas", value: -1 }]);
        await session.put(sets(session, "scale?dryRun=Odd"), scale());
        await session.get(session.path("virtualmachinereplicasets", "nope", "scale"));
      },
    },
    {
      name: "takes scales that say little",
      run: async (session) => {
        await givenSet(session);
        const metadata = { name: "set" };
        for (const scale of [
          { metadata, spec: { replicas: 3 } },
          { kind: "Scale", metadata, spec: { replicas: 4 } },
          { apiVersion: "autoscaling/v1", metadata, spec: { replicas: 5 }, status: { replicas: 77 } },
          { kind: "Scale", apiVersion: "autoscaling/v1", metadata },
        ]) {
          expect((await session.put(sets(session, "scale"), scale)).code).toBe(200);
        }
        const patched = await session.patch("json", sets(session, "scale"), [
          { op: "replace", path: "/spec/replicas", value: 2 },
        ]);
        expect(patched.body).toMatchObject({ spec: { replicas: 2 } });
        await session.patch("merge", sets(session, "scale"), { spec: { replicas: null } });
        await session.patch("merge", sets(session, "scale"), { spec: null, metadata: { labels: { a: "b" } } });
        await session.get(`${sets(session, "scale")}?watch=1`);
      },
    },
    {
      name: "judges fields of a scale that there are not as was asked",
      run: async (session) => {
        await givenSet(session);
        const scale = { kind: "Scale", apiVersion: "autoscaling/v1", metadata: { name: "set" }, spec: { odd: 1 } };
        for (const [validation, put, patch] of [
          ["Strict", 400, 422],
          ["Warn", 200, 200],
          ["Ignore", 200, 200],
        ] as const) {
          const path = `${sets(session, "scale")}?fieldValidation=${validation}`;
          expect((await session.put(path, scale)).code).toBe(put);
          expect((await session.patch("merge", path, { spec: { odd: 1 } })).code).toBe(patch);
        }
      },
    },
    {
      name: "changes no replicas in a dry run",
      run: async (session) => {
        await givenSet(session);
        await session.patch("merge", `${sets(session, "scale")}?dryRun=All`, { spec: { replicas: 7 } });
        expect(valueAt((await session.get(sets(session))).body, "spec", "replicas")).toBe(2);
      },
    },
    {
      name: "has no more doors than a kind has",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("web"));
        await session.given(session.path("offlinevirtualmachines"), offlineMachine("vm"));
        await session.given(session.path("virtualmachinepresets"), preset("small"));
        expect((await session.get(session.path("virtualmachines", "web", "scale"))).code).toBe(404);
        expect((await session.get(session.path("virtualmachinepresets", "small", "status"))).code).toBe(404);
        await session.get(session.path("offlinevirtualmachines", "vm", "status"));
        expect((await session.get(session.path("virtualmachines", "web", "odd"))).code).toBe(404);
        expect((await session.delete(session.path("virtualmachines", "web", "status"))).code).toBe(405);
        expect((await session.post(session.path("virtualmachines", "web", "status"), {})).code).toBe(405);
      },
    },
  ],
};
