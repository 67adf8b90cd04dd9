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

/** When bookmarks tell of mere progress is a server's own choice. */
function withoutProgress(events: readonly WatchEvent[]): readonly WatchEvent[] {
  return events.filter(
    ({ type, object }) => type !== "BOOKMARK" || valueAt(object, "metadata", "annotations") !== undefined,
  );
}

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
        await newest(session);
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
      name: "is no watch where the path names an object",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("a"));
        const { body } = await session.get(`${session.path("virtualmachines", "a")}?watch=true`);
        expect(body).toMatchObject({ kind: "VirtualMachine" });
        expect((await session.get(`${session.path("virtualmachines", "nope")}?watch=true`)).code).toBe(404);
        await session.get(`${session.path("virtualmachines", "a", "status")}?watch=true`);
        const namespace = await session.get(`/api/v1/namespaces/${session.namespace}?watch=true`);
        expect(namespace.body).toMatchObject({ kind: "Namespace" });
      },
    },
    {
      name: "ends when its time is up, with a bookmark after what was there if those were asked for",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("a"));
        for (const query of [
          "",
          "&allowWatchBookmarks=true",
          "&allowWatchBookmarks=yes",
          "&allowWatchBookmarks=FALSE",
        ]) {
          const begun = performance.now();
          const watching = await session.watch(path(session, `&resourceVersion=0&timeoutSeconds=2${query}`));
          const events = withoutProgress(await watching.rest());
          session.note("events", events);
          expect(performance.now() - begun).toBeGreaterThan(1500);
          const asked = query !== "" && !query.endsWith("FALSE");
          expect(events.map(({ type }) => type)).toEqual(asked ? ["ADDED", "BOOKMARK"] : ["ADDED"]);
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
          "&sendInitialEvents=false",
          "&sendInitialEvents=",
          "&sendInitialEvents=true&resourceVersionMatch=Exact",
          "&resourceVersionMatch=NotOlderThan",
          "&resourceVersionMatch=Exact&resourceVersion=1",
          "&resourceVersionMatch=Odd",
          "&continue=x",
        ]) {
          const { code } = await session.get(path(session, query));
          expect({ query, code }).toEqual({ query, code: 422 });
        }
        for (const query of [
          "&resourceVersion=x",
          "&labelSelector=a%3Db%3Dc",
          "&fieldSelector=spec%3Dx",
          "&fieldSelector=nonsense",
          "&timeoutSeconds=x",
          "&timeoutSeconds=",
          "&limit=x",
        ]) {
          await session.get(path(session, query));
        }
        const core = `${session.core("configmaps")}?watch=1`;
        expect((await session.get(`${core}&sendInitialEvents=true`)).code).toBe(422);
        expect((await session.get(path(session, ""), { accept: "application/yaml" })).code).toBe(406);
      },
    },
    {
      name: "takes options that have no say in a watch",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("a"));
        await session.given(session.path("virtualmachines"), machine("b"));
        for (const query of [
          "&limit=1",
          "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
          "&resourceVersionMatch=",
          "&resourceVersion=00",
          "&resourceVersion=00&allowWatchBookmarks=1",
        ]) {
          const watching = await session.watch(path(session, `&timeoutSeconds=1${query}`));
          const events = withoutProgress(await watching.rest());
          session.note(`events ${query}`, events);
          expect({ query, events: brief(events) }).toEqual({
            query,
            events: [
              ["ADDED", "a"],
              ["ADDED", "b"],
            ],
          });
        }
        const version = await newest(session);
        const continued = await session.watch(path(session, `&continue=x&resourceVersion=${version}&timeoutSeconds=1`));
        session.note("continued", await continued.rest());
      },
    },
    {
      name: "tells a client that is ahead of the server to begin anew",
      only: {
        side: "local",
        since: "Kubernetes waits for the version, which never comes when the store it was from is lost",
      },
      run: async (session) => {
        const watching = await session.watch(path(session, "&resourceVersion=99999999"));
        expect(await watching.rest()).toMatchObject([{ type: "ERROR", object: { code: 410, reason: "Expired" } }]);
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
      disturbedBy: "every namespace gets the config map of the cluster's certificates",
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
      name: "is served by the old paths too",
      disturbedBy: "every namespace gets the config map of the cluster's certificates",
      run: async (session) => {
        const old = (of: string) => of.replace(/^(\/api\/v1|\/apis\/[^/]+\/[^/]+)\//, "$1/watch/");
        const machines = old(session.path("virtualmachines"));
        await session.given(session.path("virtualmachines"), machine("a"));
        await session.given(session.path("virtualmachines"), machine("b", { labels: { size: "small" } }));
        await session.given(session.core("configmaps"), configMap("a"));
        await session.given(session.core("configmaps"), configMap("b"));
        for (const [watched, names] of [
          [`${machines}?`, ["a", "b"]],
          [`${machines}?watch=0`, ["a", "b"]],
          [`${machines}?watch=1&allowWatchBookmarks=1`, ["a", "b", ""]],
          [`${machines}?allowWatchBookmarks=1&limit=1`, ["a", "b"]],
          [`${machines}?labelSelector=size%3Dsmall`, ["b"]],
          [`${machines}/b?`, ["b"]],
          [`${machines}/nope?`, []],
          [`${machines}/b?labelSelector=size%3Dbig`, []],
          [`${machines}/b?fieldSelector=metadata.name%3Db`, ["b"]],
          [`/apis/kubevirt.io/v1alpha1/watch/virtualmachines?labelSelector=size%3Dnone`, []],
          [`${old(session.core("configmaps"))}?`, ["a", "b"]],
          [`${old(session.core("configmaps", "b"))}?`, ["b"]],
          [`/api/v1/watch/namespaces/${session.namespace}?`, [session.namespace]],
        ] as const) {
          const watching = await session.watch(`${watched}&timeoutSeconds=1`);
          const events = withoutProgress(await watching.rest());
          session.note(`events of ${watched}`, events);
          expect([watched, brief(events).map(([, name]) => name)]).toEqual([watched, names]);
        }
        for (const refused of [
          `${machines}?sendInitialEvents=true`,
          `${machines}?resourceVersion=x`,
          `${machines}?limit=x`,
          `${machines}/a?fieldSelector=metadata.name%3Db`,
          `${machines}/a?fieldSelector=status.phase%3DRunning`,
          `${machines}/a/status`,
          "/apis/kubevirt.io/v1alpha1/watch/nonsense",
          "/api/v1/watch/nonsense",
          "/api/v1/watch/configmaps/a",
          `${old(session.core("configmaps", "a"))}/status`,
        ]) {
          await session.get(refused);
        }
        await session.post(old(session.core("configmaps")), configMap("c"));
        await session.delete(old(session.core("configmaps", "a")));
      },
    },
  ],
};
