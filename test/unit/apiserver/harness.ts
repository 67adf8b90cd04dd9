/** The verbs on a real store in a temporary directory, without HTTP: a request in, an answer or an ApiError out. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Background, startBackground } from "../../../provider/apiserver/background";
import { bootstrap } from "../../../provider/apiserver/bootstrap";
import type { Answer, ServerContext } from "../../../provider/apiserver/context";
import type { KubeObject } from "../../../provider/apiserver/object";
import type { Registry } from "../../../provider/apiserver/registry";
import { defaultRegistry } from "../../../provider/apiserver/resources";
import { answer, route } from "../../../provider/apiserver/router";
import { ApiError } from "../../../provider/apiserver/status";
import { openSqliteStore } from "../../../provider/store/sqlite";

export interface Harness {
  readonly context: ServerContext;
  /** What the log's error and warn lines said. */
  readonly complaints: readonly string[];
  takeComplaints(): readonly string[];
  advance(milliseconds: number): void;
  startBackground(): void;
  call(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>;
  object(method: string, path: string, body?: unknown, contentType?: string): Promise<KubeObject>;
  list(path: string): Promise<readonly string[]>;
  /** The refusal of a call that must not succeed. */
  refusal(method: string, path: string, body?: unknown, contentType?: string): Promise<ApiError>;
  close(): Promise<void>;
}

export async function openHarness(registry: Registry = defaultRegistry()): Promise<Harness> {
  const directory = mkdtempSync(join(tmpdir(), "apiserver-"));
  let time = Date.parse("2026-01-01T00:00:00Z");
  let seed = 0;
  const complaints: string[] = [];
  const complain = (_fields: object, message: string) => void complaints.push(message);
  const now = () => time;
  const context: ServerContext = {
    store: openSqliteStore({ path: join(directory, "store.db"), now }),
    registry,
    now,
    random: (size) => Uint8Array.from({ length: size }, () => seed++ % 256),
    log: { debug: () => undefined, info: () => undefined, warn: complain, error: complain },
  };
  await bootstrap(context);
  let background: Background | undefined;
  const call: Harness["call"] = async (method, path, body, contentType = "application/json") => {
    const url = new URL(path, "https://localhost");
    const routed = route(context, { method, url, contentType, userAgent: "tester/1" });
    return answer(context, { ...routed, body });
  };
  return {
    context,
    complaints,
    takeComplaints: () => complaints.splice(0),
    advance: (milliseconds) => {
      time += milliseconds;
    },
    startBackground: () => {
      background ??= startBackground(context);
    },
    call,
    object: async (...request) => {
      const result = await call(...request);
      if (result.type !== "object") throw new Error(`answered with a ${result.type}`);
      return result.object;
    },
    list: async (path) => {
      const result = await call("GET", path);
      if (result.type !== "list") throw new Error(`answered with a ${result.type}`);
      return result.list.items().map((item) => item.metadata.name);
    },
    refusal: async (...request) => {
      try {
        await call(...request);
      } catch (error) {
        if (error instanceof ApiError) return error;
        throw error;
      }
      throw new Error(`${request[0]} ${request[1]} was not refused`);
    },
    close: async () => {
      await background?.stop();
      await context.store.close();
      rmSync(directory, { recursive: true });
    },
  };
}

export const machines = "/apis/kubevirt.io/v1alpha1/namespaces/default/virtualmachines";
export const configMaps = "/api/v1/namespaces/default/configmaps";

export function machine(name: string, overrides: { metadata?: object; memory?: string } = {}) {
  return {
    apiVersion: "kubevirt.io/v1alpha1",
    kind: "VirtualMachine",
    metadata: { name, ...overrides.metadata },
    spec: { domain: { resources: { requests: { memory: overrides.memory ?? "64Mi" } } } },
  };
}

export function configMap(name: string, metadata: object = {}, data: Record<string, string> = { a: "b" }) {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, data };
}

/** Waits for something that happens in the background, with a deadline. */
export async function eventually(holds: () => boolean | Promise<boolean>, deadlineMs = 5000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`did not come true within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
