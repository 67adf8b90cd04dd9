/** The real kubectl, as people read with it: what it prints has to be the same. */
import { expect } from "vitest";
import { textAt } from "../../../../provider/apiserver/object";
import type { Area } from "../support/case";
import { configMap, machine, replicaSet } from "../support/objects";
import type { Session } from "../support/session";

/** What kubectl prints when all is well. */
async function printed(session: Session, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await session.kubectl(...args);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
  return stdout;
}

const condition = { type: "Ready", status: "True", reason: "Up", message: "", lastTransitionTime: timeAt(1) };
const running = { phase: "Running", nodeName: "here", conditions: [condition] };

function timeAt(second: number): string {
  return new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString().replace(".000", "");
}

/** A running and a fresh machine. */
async function givenMachines(session: Session): Promise<void> {
  await session.given(session.path("virtualmachines"), machine("big", { labels: { size: "big" } }));
  await session.given(session.path("virtualmachines"), machine("small", { labels: { size: "small" } }));
  const path = session.path("virtualmachines", "big", "status");
  await session.quiet({
    method: "PATCH",
    path,
    body: { status: running },
    headers: { "content-type": "application/merge-patch+json" },
  });
}

export const kubectlReads: Area = {
  name: "kubectl reads",
  cases: [
    {
      name: "prints tables, narrow and wide",
      run: async (session) => {
        await givenMachines(session);
        await session.given(session.path("virtualmachinereplicasets"), replicaSet("set"));
        expect(await printed(session, "get", "vms")).toMatch(/^NAME .*\nbig +Running .*\nsmall /);
        await printed(session, "get", "vm", "big", "-o", "wide");
        await printed(session, "get", "vm", "--show-labels", "-L", "size");
        await printed(session, "get", "vm", "--no-headers", "--sort-by=.metadata.labels.size");
        await printed(session, "get", "vm,vmrs");
        await printed(session, "get", "vm/big", "vmrs/set");
        const all = await session.quietKubectl(undefined, "get", "all", "-o", "name");
        session.note("all", all.stdout.split("\n").sort());
      },
    },
    {
      name: "prints YAML, JSON, names, paths, templates and columns",
      run: async (session) => {
        await givenMachines(session);
        for (const format of [
          "yaml",
          "json",
          "name",
          "jsonpath={.status.phase}",
          "jsonpath-as-json={.metadata.labels}",
          "custom-columns=NAME:.metadata.name,PHASE:.status.phase,NONE:.spec.none",
          "go-template={{.metadata.name}} {{.spec.domain}}",
        ]) {
          await printed(session, "get", "vm", "big", "-o", format);
        }
        await printed(session, "get", "vm", "big", "-o", "yaml", "--show-managed-fields");
        await printed(session, "get", "vms", "-o", "yaml");
        await printed(session, "get", "vms", "-o", "name");
        await printed(session, "get", "vms", "--template", "{{range .items}}{{.metadata.name}} {{end}}");
      },
    },
    {
      name: "selects, also piece by piece",
      run: async (session) => {
        await givenMachines(session);
        expect(await printed(session, "get", "vm", "-l", "size in (small, tiny)", "-o", "name")).toMatch(/\/small\n$/);
        await printed(session, "get", "vm", "-l", "size!=small");
        await printed(session, "get", "vm", "--field-selector", "status.phase=Running");
        await printed(session, "get", "vm", "--chunk-size=1", "-o", "name");
        await session.kubectl("get", "vm", "-l", "size=none");
        await session.kubectl("get", "vm", "--field-selector", "spec.none=x");
        await session.kubectl("get", "vm", "-l", "a=b=c");
      },
    },
    {
      name: "says what is not there",
      run: async (session) => {
        expect((await session.kubectl("get", "vm", "nope")).stderr).toMatch(/NotFound.*"nope" not found/);
        await session.kubectl("get", "vm", "nope", "--ignore-not-found");
        await session.kubectl("get", "vms");
        await session.kubectl("get", "nonsense");
        await session.kubectl("get", "vm/nope", "cm/nope");
        await session.kubectl("describe", "vm", "nope");
        await session.kubectl("get", "--raw", session.path("virtualmachines", "nope"));
      },
    },
    {
      name: "describes objects with their events",
      run: async (session) => {
        await givenMachines(session);
        const { body } = await session.quiet({ method: "GET", path: session.path("virtualmachines", "big") });
        const subject = { kind: "VirtualMachine", namespace: session.namespace, name: "big" };
        await session.given(session.core("events"), {
          metadata: { name: "big.1" },
          involvedObject: { ...subject, uid: textAt(body, "metadata", "uid"), apiVersion: "kubevirt.io/v1alpha1" },
          reason: "Started",
          message: "it runs",
          type: "Normal",
          source: { component: "agent", host: "here" },
          firstTimestamp: timeAt(1),
          lastTimestamp: timeAt(2),
          count: 3,
        });
        expect(await printed(session, "describe", "vm", "big")).toMatch(/Normal +Started .*agent.*it runs/);
        await printed(session, "describe", "vm", "-l", "size");
        await printed(session, "get", "events");
        await printed(session, "get", "events", "-o", "wide");
        await printed(session, "events", "--for", "vm/big");
      },
    },
    {
      name: "describes built-in kinds",
      disturbedBy: "every namespace gets the config map of the cluster's certificates",
      run: async (session) => {
        await session.given(session.core("configmaps"), configMap("words"));
        await session.given(session.core("secrets"), {
          metadata: { name: "keys", labels: { a: "b" } },
          stringData: { password: "x" },
        });
        await printed(session, "describe", "configmap", "words");
        await printed(session, "describe", "secret", "keys");
        await printed(session, "get", "configmaps,secrets");
      },
    },
    {
      name: "explains the kinds",
      run: async (session) => {
        const explained = await session.quietKubectl(undefined, "explain", "vm");
        expect(explained.stdout).toMatch(/^GROUP: +kubevirt.io\nKIND: +VirtualMachine\n/);
        expect(await printed(session, "explain", "vm.spec.domain.devices.disks")).toMatch(/volumeName\t<string>/);
        for (const part of ["vm.spec.domain", "vm.status", "vmrs.spec.replicas", "ovm.status", "vmpreset.spec.domain"])
          await printed(session, "explain", part, "--recursive");
        await session.kubectl("explain", "vm.spec.none");
      },
    },
    {
      name: "explains the built-in kinds by the same fields",
      run: async (session) => {
        for (const kind of ["configmap", "secret", "namespace", "pvc", "event", "lease", "vm.metadata"]) {
          const { stdout } = await session.quietKubectl(undefined, "explain", kind, "--recursive");
          // Names of types and remarks are a server's own.
          const fields = stdout.split("\n").flatMap((line) => /^ *(\w+)\t</.exec(line)?.[0].replace(/\t<$/, "") ?? []);
          expect(fields.length).toBeGreaterThan(10);
          session.note(kind, fields);
        }
        await session.kubectl("explain", "secret.none");
        await session.kubectl("explain", "nonsense");
      },
    },
    {
      name: "tells of the server itself",
      run: async (session) => {
        expect(await printed(session, "cluster-info")).toContain("is running at");
        for (const path of ["/healthz", "/readyz", "/livez", "/livez/ping"])
          await printed(session, "get", "--raw", path);
        const verbose = await session.quietKubectl(undefined, "get", "--raw", "/readyz?verbose");
        session.note(
          "verbose",
          verbose.stdout.split("\n").filter((line) => /^\[\+\]ping |^readyz/.test(line)),
        );
        await printed(session, "get", "services", "--all-namespaces", "-l", "none=there", "-o", "name");
      },
    },
    {
      name: "lists the kinds",
      run: async (session) => {
        expect(await printed(session, "api-resources", "--api-group=kubevirt.io")).toMatch(/vm,vms/);
        await printed(session, "api-resources", "--api-group=coordination.k8s.io");
        const core = await session.quietKubectl(undefined, "api-resources", "--api-group=", "--no-headers");
        const served = /^(?:configmaps|events|namespaces|nodes|persistentvolumeclaims|secrets) /;
        session.note(
          "core",
          core.stdout
            .split("\n")
            .filter((line) => served.test(line))
            .map((line) => line.split(/ +/)),
        );
        const versions = await session.quietKubectl(undefined, "api-versions");
        expect(versions.stdout.split("\n")).toEqual(expect.arrayContaining(["v1", "kubevirt.io/v1alpha1"]));
      },
    },
    {
      name: "knows who may do what",
      run: async (session) => {
        expect(await printed(session, "auth", "can-i", "create", "vms")).toBe("yes\n");
        await printed(session, "auth", "can-i", "delete", "vm/web", "--subresource=status");
        await session.kubectl("auth", "can-i", "get", "nonsense");
        await session.kubectl("auth", "whoami", "-o", "jsonpath={.status.userInfo.username}");
        await session.kubectl("--token=wrong", "get", "vms");
      },
    },
    {
      name: "watches",
      run: async (session) => {
        await givenMachines(session);
        const change = () => session.quietKubectl(undefined, "label", "vm", "big", "a=b");
        const rows = await session.linesOf(4, ["get", "vm", "--watch", "--output-watch-events"], change);
        expect(rows[3]).toMatch(/^MODIFIED +big +Running /);
        const remove = () => session.quietKubectl(undefined, "delete", "vm", "big");
        await session.linesOf(2, ["get", "vm", "big", "-w", "-o", "name", "--output-watch-events"], remove);
      },
    },
    {
      name: "waits for conditions, values and the end",
      run: async (session) => {
        await givenMachines(session);
        expect(await printed(session, "wait", "vm/big", "--for=condition=Ready")).toMatch(/condition met/);
        await printed(session, "wait", "vm/big", "--for=jsonpath={.status.phase}=Running");
        await session.kubectl("wait", "vm", "--all", "--for=condition=Ready=False", "--timeout=1s");
        await session.kubectl("wait", "vm/nope", "--for=condition=Ready", "--timeout=1s");
        await printed(session, "wait", "vm/nope", "--for=delete", "--timeout=1s");
        const waiting = session.quietKubectl(undefined, "wait", "vm/small", "--for=delete", "--timeout=8s");
        await session.delete(session.path("virtualmachines", "small"));
        session.note("deleted", await waiting);
      },
    },
  ],
};
