/** The real kubectl, as people write with it: what it prints, and what is stored afterwards. */
import { expect } from "vitest";
import type { Area } from "../support/case";
import { claim, configMap, machine, replicaSet, secret } from "../support/objects";
import type { Session } from "../support/session";

const small = { size: "small" };
const fromInput = ["-f", "-"] as const;

/** Kubectl is given a manifest and has to be content with it. */
async function fed(session: Session, manifest: object, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await session.feed(manifest, ...args, ...fromInput);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
  return stdout;
}

async function given(session: Session, ...names: readonly string[]): Promise<void> {
  for (const name of names) await session.given(session.path("virtualmachines"), machine(name, { labels: small }));
}

const stored = (session: Session, name = "web") => session.get(session.path("virtualmachines", name));
const bigger = machine("web", { labels: small }, { domain: { resources: { requests: { memory: "128Mi" } } } });

export const kubectlWrites: Area = {
  name: "kubectl writes",
  cases: [
    {
      name: "applies, and again without a change",
      run: async (session) => {
        const web = machine("web", { labels: small, annotations: { note: "x" } });
        expect(await fed(session, web, "apply")).toMatch(/ created\n$/);
        expect(await fed(session, web, "apply")).toMatch(/ unchanged\n$/);
        await session.kubectl("label", "vm", "web", "other=y");
        expect(await fed(session, bigger, "apply")).toMatch(/ configured\n$/);
        await stored(session);
        await session.kubectl("apply", "view-last-applied", "vm", "web");
        await fed(session, bigger, "apply", "--dry-run=server");
      },
    },
    {
      name: "applies on the server's side",
      run: async (session) => {
        const web = machine("web", { labels: small });
        expect(await fed(session, web, "apply", "--server-side")).toMatch(/ serverside-applied\n$/);
        await fed(session, web, "apply", "--server-side");
        await stored(session);
        await session.kubectl("label", "vm", "web", "size=big", "--overwrite");
        const { code } = await session.feed(web, "apply", "--server-side", ...fromInput);
        expect(code).toBe(1);
        await fed(session, web, "apply", "--server-side", "--force-conflicts");
        await fed(session, machine("web"), "apply", "--server-side");
        await stored(session);
      },
    },
    {
      name: "goes from one way of applying to the other",
      run: async (session) => {
        await fed(session, machine("web", { labels: small }), "apply");
        await fed(session, machine("web", { labels: small }), "apply", "--server-side");
        await fed(session, machine("web"), "apply", "--server-side");
        await stored(session);
        await fed(session, bigger, "apply");
        await stored(session);
      },
    },
    {
      name: "applies several kinds at once, and prunes what is no longer among them",
      run: async (session) => {
        const list = (...items: readonly object[]) => ({ apiVersion: "v1", kind: "List", items });
        const labelled = (name: string) => machine(name, { labels: small });
        await fed(session, list(labelled("a"), labelled("b"), replicaSet("set")), "apply");
        const prune = ["--prune", "-l", "size=small", "--prune-allowlist=kubevirt.io/v1alpha1/VirtualMachine"];
        await session.feed(list(labelled("a")), "apply", ...prune, ...fromInput);
        await session.kubectl("get", "vm,vmrs", "-o", "name");
      },
    },
    {
      name: "shows differences",
      run: async (session) => {
        await fed(session, machine("web", { labels: small }), "apply");
        expect(await fed(session, machine("web", { labels: small }), "diff")).toBe("");
        const { code, stdout } = await session.feed(bigger, "diff", ...fromInput);
        expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/^\+ +memory: 128Mi$/m) });
        await session.feed(bigger, "diff", "--server-side", "--force-conflicts", ...fromInput);
        await session.feed(machine("fresh"), "diff", ...fromInput);
      },
    },
    {
      name: "edits",
      run: async (session) => {
        await given(session, "web");
        expect((await session.edit("sed -i s/64Mi/96Mi/", "vm", "web")).stdout).toMatch(/ edited\n$/);
        await session.edit("true", "vm", "web");
        await session.edit("sed -i s/96Mi/128Mi/", "vm", "web", "-o", "json", "--save-config");
        await stored(session);
        await session.edit("true", "vm", "nope");
      },
    },
    {
      name: "labels and annotates",
      run: async (session) => {
        await given(session, "web", "other");
        await session.kubectl("label", "vm", "web", "a=b");
        await session.kubectl("label", "vm", "web", "a=b");
        await session.kubectl("label", "vm", "web", "a=c");
        await session.kubectl("label", "vm", "web", "a=c", "--overwrite");
        const { stdout } = await session.quietKubectl(undefined, "label", "vm", "web", "--list");
        session.note("listed", stdout.split("\n").sort());
        await session.kubectl("label", "vm", "--all", "a-");
        await session.kubectl("label", "vm", "web", "a=-b");
        await session.kubectl("annotate", "vm", "web", "a.b/c=d");
        await session.kubectl("annotate", "vm", "web", "a.b/c=e", "--overwrite", "--resource-version=1");
        await session.kubectl("annotate", "vm", "-l", "size=small", "a.b/c-");
        await session.kubectl("patch", "vm", "web", "--type=merge", "-p", '{"metadata":{"finalizers":["bare"]}}');
        // Whose finalizer it is was asked of the one who put it there.
        await session.kubectl("annotate", "vm", "web", "d=e");
        await session.kubectl("patch", "vm", "web", "--type=merge", "-p", '{"metadata":{"finalizers":null}}');
        await stored(session);
      },
    },
    {
      name: "patches",
      run: async (session) => {
        await given(session, "web");
        const patch = (type: string, body: unknown, ...rest: readonly string[]) =>
          session.kubectl("patch", "vm", "web", `--type=${type}`, "-p", JSON.stringify(body), ...rest);
        await patch("merge", { metadata: { labels: { a: "b" } } });
        await patch("merge", { metadata: { labels: { a: "b" } } });
        await patch("json", [{ op: "replace", path: "/metadata/labels/a", value: "c" }], "-o", "yaml");
        await patch("json", [{ op: "test", path: "/metadata/labels/a", value: "x" }]);
        await patch("merge", { status: { phase: "Running" } }, "--subresource=status");
        await patch("strategic", { metadata: { labels: { a: "d" } } });
        await patch("merge", { metadata: { labels: { a: "e" } } }, "--dry-run=server");
        await session.kubectl("patch", "vm", "nope", "--type=merge", "-p", "{}");
        await stored(session);
      },
    },
    {
      name: "scales",
      run: async (session) => {
        await session.given(session.path("virtualmachinereplicasets"), replicaSet("set"));
        expect((await session.kubectl("scale", "vmrs/set", "--replicas=3")).stdout).toMatch(/ scaled\n$/);
        await session.kubectl("scale", "vmrs/set", "--replicas=4", "--current-replicas=7");
        await session.kubectl("scale", "vmrs", "--all", "--replicas=0", "--current-replicas=3");
        await session.kubectl("scale", "vmrs/nope", "--replicas=1");
        await given(session, "web");
        await session.kubectl("scale", "vm/web", "--replicas=1");
        await session.kubectl("get", "vmrs", "set", "--subresource=scale", "-o", "yaml");
        await session.kubectl("get", "vmrs", "set", "-o", "jsonpath={.spec.replicas}");
      },
    },
    {
      name: "creates, as a rehearsal or for good",
      run: async (session) => {
        expect(await fed(session, machine("web"), "create", "--dry-run=server")).toMatch(/ created \(server dry run\)/);
        await fed(session, machine("web"), "create", "--save-config");
        await session.feed(machine("web"), "create", ...fromInput);
        const generated = { ...machine("web"), metadata: { generateName: "web-" } };
        await session.feed(generated, "create", "-o", "jsonpath={.metadata.generateName}", ...fromInput);
        await session.feed({ ...machine("x"), kind: "Nonsense" }, "create", ...fromInput);
        await session.feed(
          { ...machine("x"), metadata: { name: "x", namespace: "elsewhere" } },
          "create",
          ...fromInput,
        );
        await session.kubectl("create", "secret", "generic", "keys", "--from-literal=a=b", "-o", "yaml");
        const credentials = ["--docker-server=registry.test", "--docker-username=u", "--docker-password=p"];
        await session.kubectl("create", "secret", "docker-registry", "pull", ...credentials, "-o", "yaml");
        await session.kubectl("create", "configmap", "words", "--from-literal=a=b", "-o", "yaml");
        await session.kubectl("create", "namespace", `${session.namespace}-more`);
        await session.kubectl("delete", "namespace", `${session.namespace}-more`, "--wait=false");
      },
    },
    {
      name: "refuses fields that there are not",
      run: async (session) => {
        const odd = { ...machine("web"), nonsense: true };
        expect((await session.feed(odd, "create", ...fromInput)).code).toBe(1);
        await session.feed(odd, "apply", ...fromInput);
        await session.feed(odd, "create", "--validate=warn", ...fromInput);
        await stored(session);
      },
    },
    {
      name: "applies, patches and deletes built-in kinds",
      disturbedBy: "claims are protected, and bound to volumes or not",
      run: async (session) => {
        const login = ["--docker-server=a.b", "--docker-username=u", "--docker-password=p"];
        await session.kubectl("create", "secret", "docker-registry", "pull", ...login, "-o", "yaml");
        await fed(session, secret("keys", { stringData: { a: "b" } }), "apply");
        await fed(session, secret("keys", { stringData: { c: "d" } }), "apply");
        await session.get(session.core("secrets", "keys"));
        await fed(session, configMap("words", { a: "b", c: "d" }), "apply");
        await fed(session, configMap("words", { a: "b" }), "apply");
        await session.feed({ ...configMap("words"), data: { a: 1 } }, "apply", ...fromInput);
        await session.kubectl("patch", "cm", "words", "-p", '{"data":{"a":null,"x":"y"}}', "-o", "yaml");
        const removal = '[{"op":"remove","path":"/data/x"}]';
        await session.kubectl("patch", "cm", "words", "--type=json", "-p", removal, "-o", "yaml");
        await fed(session, claim("disk"), "apply");
        await fed(session, { ...claim("disk"), metadata: { name: "disk", labels: small } }, "apply");
        const shared = { ...claim("disk").spec, accessModes: ["ReadWriteMany"] };
        expect((await session.feed({ ...claim("disk"), spec: shared }, "apply", ...fromInput)).code).toBe(1);
        await fed(session, claim("disk"), "apply", "--server-side");
        await fed(session, claim("disk"), "replace");
        const status = '{"status":{"phase":"Bound"}}';
        await session.kubectl("patch", "pvc", "disk", "--subresource=status", "--type=merge", "-p", status);
        await session.get(session.core("persistentvolumeclaims", "disk"));
        await session.kubectl("delete", "pvc", "disk", "--wait=false");
        await session.kubectl("get", "pvc");
      },
    },
    {
      name: "replaces, also by force",
      run: async (session) => {
        await given(session, "web");
        expect(await fed(session, bigger, "replace")).toMatch(/ replaced\n$/);
        await stored(session);
        await session.feed(machine("web"), "replace", "--force", ...fromInput);
        await session.feed(machine("nope"), "replace", ...fromInput);
        await stored(session);
      },
    },
    {
      name: "deletes",
      run: async (session) => {
        await given(session, "a", "b", "c", "d", "e", "f");
        await session.kubectl("delete", "vm", "a");
        await session.kubectl("delete", "vm", "a");
        await session.kubectl("delete", "vm", "a", "--ignore-not-found");
        await session.kubectl("delete", "vm/b", "--dry-run=server");
        await session.kubectl("delete", "vm/b", "-o", "name");
        await session.kubectl("delete", "vm/c", "--now");
        await session.kubectl("delete", "vm/d", "--force", "--grace-period=0");
        await session.kubectl("delete", "vm", "-l", "size=none");
        await session.kubectl("delete", "vm", "-l", "size=small");
        await session.kubectl("delete", "vm", "--all");
        await session.feed(machine("web"), "delete", ...fromInput);
        await session.kubectl("get", "vm");
      },
    },
    {
      name: "marks what something still holds",
      run: async (session) => {
        for (const cascade of ["background", "foreground", "orphan"]) {
          const held = machine(cascade, { finalizers: ["conformance.kubevirt.io/held"] });
          await session.given(session.path("virtualmachines"), held);
          await session.kubectl("delete", "vm", cascade, `--cascade=${cascade}`, "--wait=false");
          await stored(session, cascade);
        }
        const { code } = await session.quietKubectl(undefined, "delete", "vm", "background", "--timeout=1s");
        session.note("waited", code);
        await session.kubectl("get", "vm");
      },
    },
  ],
};
