/**
 * What a case is given: one server, a namespace of its own, and clients whose every answer is written down. Owns the
 * transcript that is compared.
 */
import type { IncomingHttpHeaders } from "node:http";
import { createInterface } from "node:readline";
import { parse } from "yaml";
import { apiVersion } from "../../../../provider/api/v1alpha1/kinds";
import { kubectlFor, type Outcome } from "../../apiserver/support/kubectl";
import { type Call, exchange, type Method, open, type Reply } from "./http";
import type { Server, Side } from "./servers";
import { type WatchEvent, WatchReader } from "./watch";

export interface Step {
  readonly label: string;
  readonly outcome: unknown;
}

const patienceMs = 10_000;

/** Headers that clients act on. */
const comparedHeaders = ["content-type", "warning", "retry-after", "www-authenticate", "allow"] as const;

export const mediaTypes = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

export class Session {
  readonly side: Side;
  readonly server: Server;
  readonly namespace: string;
  readonly steps: Step[] = [];
  readonly #watches: WatchReader[] = [];

  constructor(server: Server, namespace: string) {
    this.server = server;
    this.side = server.side;
    this.namespace = namespace;
  }

  /** The path of a kubevirt.io resource in the case's namespace. */
  path(plural: string, name?: string, subresource?: string): string {
    return joined(`/apis/${apiVersion}/namespaces/${this.namespace}/${plural}`, name, subresource);
  }

  /** The path of a core resource in the case's namespace. */
  core(plural: string, name?: string, subresource?: string): string {
    return joined(`/api/v1/namespaces/${this.namespace}/${plural}`, name, subresource);
  }

  async call(
    method: Method,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const reply = await this.quiet({ method, path, body, headers });
    const asked = headers["content-type"] === undefined ? "" : ` (${headers["content-type"]})`;
    this.note(`${method} ${path}${asked}`, { code: reply.code, headers: pick(reply.headers), body: documentOf(reply) });
    return reply;
  }

  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Reply> {
    return this.call("GET", path, undefined, headers);
  }

  post(path: string, body: unknown): Promise<Reply> {
    return this.call("POST", path, body);
  }

  put(path: string, body: unknown): Promise<Reply> {
    return this.call("PUT", path, body);
  }

  patch(type: keyof typeof mediaTypes, path: string, body: unknown): Promise<Reply> {
    return this.call("PATCH", path, body, { "content-type": mediaTypes[type] });
  }

  delete(path: string, body?: unknown): Promise<Reply> {
    return this.call("DELETE", path, body);
  }

  /** An answer that is not compared. */
  quiet(call: Call): Promise<Reply> {
    return exchange(this.server.connection, call);
  }

  /** Puts an object there without comparing the answer. */
  async given(path: string, object: unknown): Promise<Reply> {
    const reply = await this.quiet({ method: "POST", path, body: object });
    if (reply.code !== 201)
      throw new Error(`POST ${path} was answered with ${reply.code}: ${JSON.stringify(reply.body)}`);
    return reply;
  }

  async watch(path: string, headers: Readonly<Record<string, string>> = {}): Promise<WatchReader> {
    const watch = new WatchReader(await open(this.server.connection, { method: "GET", path, headers }));
    this.#watches.push(watch);
    return watch;
  }

  /** Reads that many events and writes them down. */
  async events(watch: WatchReader, count: number): Promise<readonly WatchEvent[]> {
    const events = await watch.take(count);
    this.note("events", events);
    return events;
  }

  /** Runs kubectl in the case's namespace. */
  async kubectl(...args: readonly string[]): Promise<Outcome> {
    return this.feed(undefined, ...args);
  }

  async feed(input: object | string | undefined, ...args: readonly string[]): Promise<Outcome> {
    const outcome = await this.quietKubectl(input, ...args);
    this.note(`kubectl ${args.join(" ")}`, outcome);
    return outcome;
  }

  /** Runs `kubectl edit` with a program for an editor, such as one that replaces text. */
  async edit(editor: string, ...args: readonly string[]): Promise<Outcome> {
    const { kubeconfig, directory } = this.server;
    const kubectl = kubectlFor(kubeconfig, directory, { KUBE_EDITOR: editor });
    const outcome = await kubectl.try("--namespace", this.namespace, "edit", ...args);
    this.note(`kubectl edit ${args.join(" ")} (${editor})`, outcome);
    return outcome;
  }

  quietKubectl(input: object | string | undefined, ...args: readonly string[]): Promise<Outcome> {
    const { kubeconfig, directory } = this.server;
    return kubectlFor(kubeconfig, directory).feed(input ?? "", "--namespace", this.namespace, ...args);
  }

  /** The first lines that a kubectl without an end prints, while something is being done. */
  async linesOf(count: number, args: readonly string[], meanwhile: () => Promise<unknown>): Promise<readonly string[]> {
    const { kubeconfig, directory } = this.server;
    const child = kubectlFor(kubeconfig, directory).start("--namespace", this.namespace, ...args);
    const patience = setTimeout(() => child.kill(), patienceMs);
    try {
      if (child.stdout === null) throw new Error("kubectl has no output");
      const printed: string[] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        printed.push(line);
        if (printed.length === 1) await meanwhile();
        if (printed.length === count) break;
      }
      this.note(`kubectl ${args.join(" ")}`, printed);
      return printed;
    } finally {
      clearTimeout(patience);
      child.kill();
    }
  }

  /** Ends the watches that the case left open. */
  close(): void {
    for (const watch of this.#watches) watch.close();
  }

  note(label: string, outcome: unknown): void {
    this.steps.push({ label: withoutTokens(label).replaceAll(this.namespace, "NS"), outcome });
  }
}

/** YAML is compared by what it says. */
function documentOf({ headers, body }: Reply): unknown {
  return typeof body === "string" && headers["content-type"] === "application/yaml" ? parse(body) : body;
}

/** Labels are compared too, and what they carry of a server's answers is its own. */
function withoutTokens(label: string): string {
  return label.replace(/([?&]continue=)[^&]+/, "$1…").replace(/([?&]resourceVersion=)\d{2,}/, "$1…");
}

function joined(base: string, name?: string, subresource?: string): string {
  return [base, name, subresource].filter((part) => part !== undefined).join("/");
}

function pick(headers: IncomingHttpHeaders): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    comparedHeaders.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]] as const])),
  );
}
