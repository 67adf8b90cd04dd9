/**
 * What is waited for besides that a machine runs, as the annotation `pulumi.com/waitFor` says it: one condition or a JSON
 * list of them, all of which must hold. Some are about the guest and are looked at by the node's agent (GuestWait), others
 * about the object itself, in the words that Pulumi's Kubernetes provider has for them. Pure.
 */
import type { ObjectMeta } from "../api/meta";
import { compileJsonPath } from "./json-path";
import { parsedOrNothing } from "./json-tree";
import { nearestName } from "./validation/did-you-mean";

export const waitForAnnotation = "pulumi.com/waitFor";

/** What a guest does, seen from its node. */
export type GuestWait =
  /** It accepts connections at this port of its address. */
  | { readonly kind: "tcp"; readonly port: number }
  /** cloud-init has said on the serial console that it has finished. */
  | { readonly kind: "cloud-init" }
  /** The guest agent has opened its channel. */
  | { readonly kind: "guest-agent" };

export type ObjectWait =
  | { readonly kind: "condition"; readonly type: string; readonly status: string }
  /** Without a value: that there is one. */
  | { readonly kind: "jsonpath"; readonly path: string; readonly value?: string };

export type WaitCondition = { readonly kind: "running" } | GuestWait | ObjectWait;

/** The condition of a machine's status that says whether the guest does it. */
export const guestConditionTypes: Readonly<Record<GuestWait["kind"], string>> = {
  tcp: "TCPReachable",
  "cloud-init": "CloudInitFinished",
  "guest-agent": "AgentConnected",
};

/** Reason of an `AgentConnected` that stays as it is for as long as the guest runs: it was started without the channel. */
export const noChannel = "NoChannel";

export interface WaitForFault {
  readonly badValue: unknown;
  readonly detail: string;
}

export interface ParsedWaitFor {
  readonly conditions: readonly WaitCondition[];
  readonly faults: readonly WaitForFault[];
}

/** Conditions in one annotation, and characters of it. */
const mostConditions = 16;
const longestText = 4096;
const highestPort = 65_535;

const words = ["running", "cloud-init", "guest-agent"] as const;
const known =
  "running, tcp:PORT, cloud-init, guest-agent, condition=TYPE[=STATUS] and jsonpath={.PATH}[=VALUE], or a JSON list of them";

/** What can be read of it, and what cannot. Never throws. */
export function parseWaitFor(text: string): ParsedWaitFor {
  if (text.length > longestText) return fault(text, `must have at most ${longestText} characters`);
  const items = itemsOf(text);
  if (items === undefined) return fault(text, `is no list in JSON; conditions are ${known}`);
  if (items.length === 0) return fault(text, `names no condition; leave it away to wait for the guest to run`);
  if (items.length > mostConditions) return fault(text, `must name at most ${mostConditions} conditions`);
  const conditions: WaitCondition[] = [];
  const faults: WaitForFault[] = [];
  for (const item of items) {
    const read = typeof item === "string" ? parseCondition(item.trim()) : `is no text; conditions are ${known}`;
    if (typeof read === "string") faults.push({ badValue: item, detail: read });
    else conditions.push(read);
  }
  return { conditions, faults };
}

/** What an object's annotation asks of guests; nothing where it cannot be read. */
export function guestWaitsOf({ annotations }: Pick<ObjectMeta, "annotations">): readonly GuestWait[] {
  const text = annotations?.[waitForAnnotation];
  return text === undefined ? [] : parseWaitFor(text).conditions.filter(isGuestWait);
}

/** As the annotation says it; undefined for none. */
export function formatGuestWaits(waits: readonly GuestWait[]): string | undefined {
  const texts = [...new Set(waits.map((wait) => (wait.kind === "tcp" ? `tcp:${wait.port}` : wait.kind)))];
  return texts.length > 1 ? JSON.stringify(texts) : texts[0];
}

export function isGuestWait(condition: WaitCondition): condition is GuestWait {
  return condition.kind in guestConditionTypes;
}

const fault = (badValue: unknown, detail: string): ParsedWaitFor => ({
  conditions: [],
  faults: [{ badValue, detail }],
});

/** Undefined when it begins like a list and is none. */
function itemsOf(text: string): readonly unknown[] | undefined {
  if (!text.trimStart().startsWith("[")) return [text];
  const list = parsedOrNothing(text);
  return Array.isArray(list) ? list : undefined;
}

/** The condition, or what is wrong with it. */
function parseCondition(text: string): WaitCondition | string {
  const word = words.find((one) => one === text);
  if (word !== undefined) return { kind: word };
  const colon = text.indexOf(":");
  if (colon >= 0 && text.slice(0, colon) === "tcp") return parsePort(text.slice(colon + 1));
  if (text.startsWith("condition=")) return parseType(text.slice("condition=".length));
  if (text.startsWith("jsonpath=")) return parsePath(text.slice("jsonpath=".length));
  const meant = nearestName(text, words);
  return `is no condition to wait for; those are ${known}${meant === undefined ? "" : `; did you mean \`${meant}\`?`}`;
}

function parsePort(text: string): WaitCondition | string {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= highestPort) return { kind: "tcp", port };
  return `the port must be a number from 1 to ${highestPort}, as in tcp:22`;
}

function parseType(text: string): WaitCondition | string {
  const [, type, status = "True"] = /^([A-Za-z][\w./-]{0,315})(?:=(.+))?$/.exec(text) ?? [];
  return type === undefined ? "must be condition=TYPE or condition=TYPE=STATUS" : { kind: "condition", type, status };
}

function parsePath(text: string): WaitCondition | string {
  const [, path, value] = /^\{((?:[^'}]|'(?:[^'\\]|\\.)*')+)\}(?:=(.*))?$/s.exec(text) ?? [];
  const remedy =
    "must be jsonpath={PATH} or jsonpath={PATH}=VALUE, with a PATH of fields and indices such as .status.phase";
  if (path === undefined) return remedy;
  try {
    compileJsonPath(path);
  } catch (error) {
    if (error instanceof SyntaxError) return remedy;
    throw error;
  }
  return value === undefined ? { kind: "jsonpath", path } : { kind: "jsonpath", path, value };
}
