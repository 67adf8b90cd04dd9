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
          options({ dryRun: ["Some"] }),
          { kind: "Odd", apiVersion: "v1" },
        ]) {
          const { code } = await session.delete(machines(session, "web"), body);
          expect({ body, refused: code >= 400 }).toEqual({ body, refused: true });
        }
        await session.delete(machines(session, "web"), options({ gracePeriodSeconds: "x" }));
        await session.delete(`${machines(session, "web")}?propagationPolicy=Odd`);
        await session.delete(`${machines(session, "web")}?dryRun=Some`);
        await session.delete(machines(session, "web"), "{");
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
