/** Watches: where they start, what they tell, how they end. */
import { expect } from "vitest";
import { textAt, valueAt } from "../../../../provider/apiserver/object";
import type { Area } from "../support/case";
import { configMap, machine } from "../support/objects";
import type { Session } from "../support/session";
import type { WatchEvent } from "../support/watch";

const path = (session: Session, query: string) => `${session.path("virtualmachines")}?watch=1${query}`;
const brief = (events: readonly WatchEvent[]) =>
  events.map(({ type, object }) => [type, textAt(object, "metadata", "name")]);
const versionOf = (body: unknown) => textAt(body, "metadata", "resourceVersion");

async function newest(session: Session): Promise<string> {
  return versionOf((await session.quiet({ method: "GET", path: session.path("virtualmachines") })).body);
}

export const watch: Area = {
  name: "watch",
  cases: [
    {
      name: "tells of what happens after a version",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("before"));
        const watching = await session.watch(path(session, `&resourceVersion=${await newest(session)}`));
        await session.given(session.path("virtualmachines"), machine("web"));
        await session.patch("merge", session.path("virtualmachines", "web"), { metadata: { labels: { a: "b" } } });
        await session.patch("merge", session.path("virtualmachines", "web", "status"), {
          status: { phase: "Running" },
        });
        await session.patch("merge", session.path("virtualmachines", "web"), { metadata: { labels: { a: "b" } } });
        await session.delete(session.path("virtualmachines", "web"));
        const events = await session.events(watching, 4);
        expect(brief(events)).toEqual([
          ["ADDED", "web"],
          ["MODIFIED", "web"],
          ["MODIFIED", "web"],
          ["DELETED", "web"],
        ]);
        const versions = events.map(({ object }) => Number(versionOf(object)));
        expect([...versions].sort((left, right) => left - right)).toEqual(versions);
        expect(new Set(versions).size).toBe(4);
      },
    },
    {
      name: "replays the past from a version that is still kept",
      run: async (session) => {
        const { body } = await session.given(session.path("virtualmachines"), machine("a"));
        await session.given(session.path("virtualmachines"), machine("b"));
        await session.quiet({ method: "DELETE", path: session.path("virtualmachines", "a") });
        const watching = await session.watch(path(session, `&resourceVersion=${versionOf(body)}`));
        expect(brief(await session.events(watching, 2))).toEqual([
          ["ADDED", "b"],
          ["DELETED", "a"],
        ]);
      },
    },
    {
      name: "starts with what is there when no version, or 0, is given",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("a"));
        await session.given(session.path("virtualmachines"), machine("b"));
        for (const query of ["", "&resourceVersion=0", "&resourceVersion="]) {
          const watching = await session.watch(path(session, query));
          expect(brief(await session.events(watching, 2))).toEqual([
            ["ADDED", "a"],
            ["ADDED", "b"],
          ]);
          watching.close();
        }
      },
    },
    {
      name: "tells an object that comes to match, or no longer does, as added or deleted",
      run: async (session) => {
        const watching = await session.watch(
          path(session, `&labelSelector=size%3Dsmall&resourceVersion=${await newest(session)}`),
        );
        const label = (size: string | null) =>
          session.patch("merge", session.path("virtualmachines", "web"), { metadata: { labels: { size } } });
        await session.given(session.path("virtualmachines"), machine("web"));
        await label("small");
        await session.patch("merge", session.path("virtualmachines", "web"), { metadata: { annotations: { a: "b" } } });
        await label("big");
        await label("small");
        await label(null);
        await session.quiet({ method: "DELETE", path: session.path("virtualmachines", "web") });
        await session.given(session.path("virtualmachines"), machine("end", { labels: { size: "small" } }));
        expect(brief(await session.events(watching, 6))).toEqual([
          ["ADDED", "web"],
          ["MODIFIED", "web"],
          ["DELETED", "web"],
          ["ADDED", "web"],
          ["DELETED", "web"],
          ["ADDED", "end"],
        ]);
      },
    },
    {
      name: "selects by fields",
      run: async (session) => {
        const version = await newest(session);
        const running = await session.watch(
          path(session, `&fieldSelector=status.phase%3DRunning&resourceVersion=${version}`),
        );
        const named = await session.watch(
          path(session, `&fieldSelector=metadata.name%3Dweb&resourceVersion=${version}`),
        );
        await session.given(session.path("virtualmachines"), machine("other"));
        await session.given(session.path("virtualmachines"), machine("web"));
        for (const phase of ["Pending", "Running", "Failed"]) {
          await session.patch("merge", session.path("virtualmachines", "web", "status"), { status: { phase } });
        }
        expect(brief(await session.events(running, 2))).toEqual([
          ["ADDED", "web"],
          ["DELETED", "web"],
        ]);
        expect(brief(await session.events(named, 4)).map(([type]) => type)).toEqual([
          "ADDED",
          "MODIFIED",
          "MODIFIED",
          "MODIFIED",
        ]);
      },
    },
    {
      name: "watches one object by the path of its name",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("a"));
        await session.given(session.path("virtualmachines"), machine("b"));
        const watching = await session.watch(`${session.path("virtualmachines", "b")}?watch=true`);
        expect(brief(await session.events(watching, 1))).toEqual([["ADDED", "b"]]);
      },
    },
    {
      name: "ends when its time is up, with a bookmark shortly before if those were asked for",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("a"));
        for (const query of ["", "&allowWatchBookmarks=true"]) {
          const begun = performance.now();
          const watching = await session.watch(path(session, `&resourceVersion=0&timeoutSeconds=3${query}`));
          const events = await watching.rest();
          session.note("events", events);
          expect(performance.now() - begun).toBeGreaterThan(2500);
          expect(events.map(({ type }) => type)).toEqual(query === "" ? ["ADDED"] : ["ADDED", "BOOKMARK"]);
        }
      },
    },
    {
      name: "lists through a watch, and marks where the list ends",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("a"));
        await session.given(session.path("virtualmachines"), machine("b"));
        const list = "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
        for (const version of ["", "&resourceVersion=0", `&resourceVersion=${await newest(session)}`]) {
          const watching = await session.watch(path(session, list + version));
          const events = await session.events(watching, 3);
          expect(events.map(({ type }) => type)).toEqual(["ADDED", "ADDED", "BOOKMARK"]);
          expect(valueAt(events[2]?.object, "metadata", "annotations")).toEqual({
            "k8s.io/initial-events-end": "true",
          });
          watching.close();
        }
        const without = await session.watch(
          path(session, "&sendInitialEvents=false&resourceVersionMatch=NotOlderThan"),
        );
        await session.given(session.path("virtualmachines"), machine("c"));
        expect(brief(await session.events(without, 1))).toEqual([["ADDED", "c"]]);
      },
    },
    {
      name: "refuses options that contradict each other",
      run: async (session) => {
        for (const query of [
          "&sendInitialEvents=true",
          "&sendInitialEvents=true&resourceVersionMatch=Exact",
          "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
          "&resourceVersionMatch=NotOlderThan",
        ]) {
          const { code } = await session.get(path(session, query));
          expect({ query, code }).toEqual({ query, code: 422 });
        }
        for (const query of [
          "&resourceVersion=x",
          "&labelSelector=a%3Db%3Dc",
          "&fieldSelector=spec%3Dx",
          "&timeoutSeconds=x",
        ]) {
          await session.get(path(session, query));
        }
      },
    },
    {
      name: "tells rows of tables, the columns in the first one only",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("a"));
        await session.given(session.path("virtualmachines"), machine("b"));
        const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
        const watching = await session.watch(path(session, ""), { accept });
        const events = await session.events(watching, 2);
        expect(events.map(({ object }) => Array.isArray(valueAt(object, "columnDefinitions")))).toEqual([true, false]);
      },
    },
    {
      name: "tells metadata alone where that was asked for",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("a"));
        const accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
        const events = await session.events(await session.watch(path(session, ""), { accept }), 1);
        expect(events[0]?.object).toMatchObject({ kind: "PartialObjectMetadata" });
      },
    },
    {
      name: "tells of built-in kinds alike",
      run: async (session) => {
        const { body } = await session.given(session.core("configmaps"), configMap("a"));
        const watching = await session.watch(
          `${session.core("configmaps")}?watch=1&resourceVersion=${versionOf(body)}`,
        );
        await session.patch("merge", session.core("configmaps", "a"), { data: { a: "c" } });
        await session.delete(session.core("configmaps", "a"));
        const events = await session.events(watching, 2);
        expect(events.map(({ type }) => type)).toEqual(["MODIFIED", "DELETED"]);
      },
    },
    {
      name: "is a list no longer when the old path form is used",
      run: async (session) => {
        const old = session.path("virtualmachines").replace("/v1alpha1/", "/v1alpha1/watch/");
        await session.given(session.path("virtualmachines"), machine("a"));
        session.note("code", (await session.quiet({ method: "GET", path: `${old}?timeoutSeconds=1` })).code);
      },
    },
  ],
};
