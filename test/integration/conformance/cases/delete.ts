/** DELETE of one object and of collections: what is asked for, what holds an object, and what is answered. */
import { expect } from "vitest";
import { textAt, valueAt } from "../../../../provider/apiserver/object";
import type { Area } from "../support/case";
import { configMap, machine, secret } from "../support/objects";
import type { Session } from "../support/session";

const held = { finalizers: ["conformance.kubevirt.io/held"] };
const machines = (session: Session, name?: string) => session.path("virtualmachines", name);
const options = (fields: object) => ({ kind: "DeleteOptions", apiVersion: "v1", ...fields });

export const deletion: Area = {
  name: "delete",
  cases: [
    {
      name: "answers with a status that names the object",
      run: async (session) => {
        const { body } = await session.given(machines(session), machine("web"));
        const deleted = await session.delete(machines(session, "web"));
        expect(deleted.code).toBe(200);
        expect(valueAt(deleted.body, "details", "uid")).toBe(textAt(body, "metadata", "uid"));
        expect((await session.delete(machines(session, "web"))).code).toBe(404);
        await session.given(session.core("configmaps"), configMap("words"));
        await session.delete(session.core("configmaps", "words"));
        await session.given(session.core("secrets"), secret("keys"));
        await session.delete(session.core("secrets", "keys"));
      },
    },
    {
      name: "marks what finalizers hold, once, and lets it go with the last one",
      run: async (session) => {
        await session.given(machines(session), machine("web", held));
        const { code, body } = await session.delete(machines(session, "web"));
        expect({ code, generation: valueAt(body, "metadata", "generation") }).toEqual({ code: 200, generation: 2 });
        await session.delete(machines(session, "web"));
        await session.get(machines(session, "web"));
        await session.patch("merge", machines(session, "web"), { metadata: { finalizers: null } });
        expect((await session.get(machines(session, "web"))).code).toBe(404);
        await session.given(session.core("configmaps"), configMap("words", { a: "b" }, held));
        await session.delete(session.core("configmaps", "words"));
        await session.get(session.core("configmaps", "words"));
      },
    },
    {
      name: "takes policies and times from the body and from the query",
      run: async (session) => {
        for (const [index, body] of [
          options({ propagationPolicy: "Background" }),
          options({ gracePeriodSeconds: 30 }),
          options({ gracePeriodSeconds: 0 }),
          options({ orphanDependents: false }),
          {},
        ].entries()) {
          await session.given(machines(session), machine(`body-${index}`, held));
          await session.delete(machines(session, `body-${index}`), body);
        }
        for (const [index, query] of [
          "propagationPolicy=Background",
          "gracePeriodSeconds=30",
          "orphanDependents=false",
        ].entries()) {
          await session.given(machines(session), machine(`query-${index}`, held));
          await session.delete(`${machines(session, `query-${index}`)}?${query}`);
        }
      },
    },
    {
      name: "refuses options that are none",
      run: async (session) => {
        await session.given(machines(session), machine("web", held));
        for (const body of [
          options({ propagationPolicy: "Odd" }),
          options({ propagationPolicy: "Background", orphanDependents: true }),
          options({ propagationPolicy: "" }),
          options({ propagationPolicy: "Orphan", orphanDependents: false }),
          options({ propagationPolicy: 1 }),
          options({ orphanDependents: "x" }),
          options({ orphanDependents: 1 }),
          options({ dryRun: ["Some"] }),
          options({ dryRun: ["All", "Some"] }),
          options({ dryRun: "All" }),
          options({ gracePeriodSeconds: 1.5 }),
          options({ preconditions: { uid: 1 } }),
          options({ preconditions: "x" }),
          { kind: "Odd", apiVersion: "v1" },
          machine("web"),
          "[]",
          "1",
        ]) {
          const { code } = await session.delete(machines(session, "web"), body);
          expect({ body, refused: code >= 400 }).toEqual({ body, refused: true });
        }
        await session.delete(machines(session, "web"), options({ gracePeriodSeconds: "x" }));
        await session.delete(`${machines(session, "web")}?propagationPolicy=Odd`);
        await session.delete(`${machines(session, "web")}?dryRun=Some`);
        await session.delete(machines(session, "web"), "{");
        for (const query of [
          "propagationPolicy=",
          "orphanDependents=true&propagationPolicy=Background",
          "dryRun=",
          "dryRun=All&dryRun=Some",
          "gracePeriodSeconds=x",
          "gracePeriodSeconds=",
          "gracePeriodSeconds=1.5",
          "uid=x",
        ]) {
          const { code } = await session.delete(`${machines(session, "web")}?${query}`);
          expect({ query, refused: code >= 400 }).toEqual({ query, refused: true });
        }
        await session.delete(`${machines(session, "nope")}?propagationPolicy=Odd`);
        await session.delete(machines(session), options({ propagationPolicy: "Odd" }));
        await session.delete(`${machines(session)}?propagationPolicy=Odd`);
        expect((await session.get(machines(session, "web"))).body).not.toHaveProperty("metadata.deletionTimestamp");
      },
    },
    {
      name: "is forbearing with options that say nothing",
      run: async (session) => {
        const path = machines(session, "web");
        await session.given(machines(session), machine("web", held));
        for (const body of [
          { kind: "DeleteOptions", dryRun: ["All"] },
          { kind: "DeleteOptions", apiVersion: "kubevirt.io/v1alpha1", dryRun: ["All"] },
          { apiVersion: "v1", dryRun: ["All"] },
          options({ odd: true, dryRun: ["All"] }),
          options({ gracePeriodSeconds: -1, dryRun: ["All"] }),
          options({ propagationPolicy: null, gracePeriodSeconds: null, preconditions: null, dryRun: ["All"] }),
        ]) {
          expect((await session.delete(path, body)).code).toBe(200);
        }
        for (const query of ["gracePeriodSeconds=-1", "orphanDependents=x", "orphanDependents=", "odd=x"]) {
          expect((await session.delete(`${path}?${query}&dryRun=All`)).code).toBe(200);
        }
        // What the body says counts alone, once there is one.
        await session.delete(`${path}?propagationPolicy=Odd&dryRun=Some`, options({ dryRun: ["All"] }));
        expect((await session.get(path)).body).not.toHaveProperty("metadata.deletionTimestamp");
        expect((await session.call("DELETE", path, "null")).code).toBe(200);
      },
    },
    {
      name: "tells a deletion that waits from one that is done, to who asks in the older way",
      run: async (session) => {
        const asked = options({ orphanDependents: false });
        for (const [name, query, body, code] of [
          ["a", "", asked, 202],
          ["b", "?orphanDependents=false", undefined, 202],
          ["c", "?orphanDependents=0", undefined, 202],
          ["d", "?dryRun=All", options({ ...asked, dryRun: ["All"] }), 202],
          ["e", "", options({}), 200],
        ] as const) {
          await session.given(machines(session), machine(name, held));
          expect((await session.delete(`${machines(session, name)}${query}`, body)).code).toBe(code);
          await session.given(session.core("configmaps"), configMap(name, { a: "b" }, held));
          await session.delete(`${session.core("configmaps", name)}${query}`, body);
        }
        await session.given(machines(session), machine("free"));
        expect((await session.delete(machines(session, "free"), asked)).code).toBe(200);
        const name = `${session.namespace}-more`;
        await session.given("/api/v1/namespaces", { metadata: { name } });
        expect((await session.delete(`/api/v1/namespaces/${name}`, asked)).code).toBe(202);
      },
    },
    {
      name: "counts the wish to delete once, however it is repeated",
      run: async (session) => {
        await session.given(machines(session), machine("web", held));
        for (const propagationPolicy of ["Background", "Foreground", "Orphan", "Background"]) {
          const { body } = await session.delete(machines(session, "web"), options({ propagationPolicy }));
          expect(valueAt(body, "metadata", "generation")).toBe(2);
        }
      },
    },
    {
      name: "means the uid and the version that it names",
      run: async (session) => {
        const { body } = await session.given(machines(session), machine("web"));
        const uid = textAt(body, "metadata", "uid");
        const resourceVersion = textAt(body, "metadata", "resourceVersion");
        const other = "00000000-0000-4000-8000-000000000000";
        const by = (preconditions: object) => session.delete(machines(session, "web"), options({ preconditions }));
        expect((await by({ uid: other })).code).toBe(409);
        expect((await by({ resourceVersion: "1" })).code).toBe(409);
        expect((await by({ uid, resourceVersion })).code).toBe(200);
      },
    },
    {
      name: "changes nothing in a dry run",
      run: async (session) => {
        await session.given(machines(session), machine("web"));
        await session.given(machines(session), machine("held", held));
        expect((await session.delete(`${machines(session, "web")}?dryRun=All`)).code).toBe(200);
        await session.delete(machines(session, "held"), options({ dryRun: ["All"] }));
        await session.delete(`${machines(session)}?dryRun=All`);
        await session.get(machines(session));
      },
    },
    {
      name: "deletes collections, as a whole or selected",
      run: async (session) => {
        for (const name of ["a", "b", "c"]) {
          await session.given(machines(session), machine(name, { labels: { name }, ...(name === "c" ? held : {}) }));
          await session.given(session.core("configmaps"), configMap(name, { a: "b" }, { labels: { name } }));
        }
        expect((await session.delete(`${machines(session)}?labelSelector=name%3Da`)).code).toBe(200);
        await session.delete(`${machines(session)}?fieldSelector=metadata.name%3Dnone`);
        await session.delete(`${machines(session)}?labelSelector=a%3Db%3Dc`);
        await session.delete(machines(session));
        await session.get(machines(session));
        await session.delete(`${session.core("configmaps")}?labelSelector=name+in+(a,b)`);
      },
    },
  ],
};
