/** The ways to a guest through the API server: who is let in, and that both sides are joined, whatever each does. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Duplex, duplexPair, Readable } from "node:stream";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { VirtualMachine } from "../../../provider/api/v1alpha1/virtual-machine";
import type { GuestMachine, GuestStream, GuestStreams } from "../../../provider/apiserver/guests/guest-streams";
import { type ApiServer, startApiServer } from "../../../provider/apiserver/server";
import { createServerTls, type ServerTls } from "../../../provider/apiserver/tls";
import { virtualMachines } from "../../../provider/core/resources";
import { KubeClient } from "../../../provider/kube/client";
import { type Connection, directConnection } from "../../../provider/kube/connection";
import { ApiError } from "../../../provider/kube/errors";
import { open, readText } from "../../../provider/kube/transport";
import { openWebSocket } from "../../../provider/kube/web-socket";
import { silentLogger } from "../../../provider/runtime/log";
import { openSqliteStore } from "../../../provider/store/sqlite";
import type { Store } from "../../../provider/store/store";
import { buildVirtualMachine } from "../../builders/virtual-machine";

const token = "right-token";
const machine = "/apis/subresources.kubevirt.io/v1alpha1/namespaces/default/virtualmachines/web";

/** Guests in memory, which note who came. */
class FakeGuests implements GuestStreams {
  readonly visits: string[] = [];
  guest: Duplex | undefined;
  /** The server's end. */
  line: Duplex | undefined;
  closed = 0;
  refusal: GuestStream<never> | undefined;

  async openConsole({ namespace, name }: GuestMachine, mode: string) {
    return this.#open(`console ${namespace}/${name} ${mode}`);
  }
  async openScreen({ name }: GuestMachine) {
    return this.#open(`vnc ${name}`);
  }
  async openLog(_machine: GuestMachine, { tailLines, follow }: { tailLines?: number | undefined; follow: boolean }) {
    this.visits.push(`log ${tailLines} ${follow}`);
    return this.refusal ?? { open: true as const, stream: Readable.from(["printed\n"], { objectMode: false }) };
  }

  #open(visit: string): GuestStream<Duplex> {
    this.visits.push(visit);
    if (this.refusal !== undefined) return this.refusal;
    const [stream, guest] = duplexPair();
    this.guest = guest;
    this.line = stream;
    stream.once("close", () => {
      this.closed += 1;
    });
    return { open: true, stream };
  }
}

let folder: string;
let store: Store;
let tls: ServerTls;
let server: ApiServer;
let guests: FakeGuests;
let connection: Connection;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kubevirt-guests-"));
  store = openSqliteStore({ path: join(folder, "store.db"), now: Date.now });
  tls = await createServerTls();
  guests = new FakeGuests();
  const options = { store, tls, tokens: [{ token, user: "admin" }], port: 0, log: silentLogger };
  server = await startApiServer({ ...options, guests });
  connection = directConnection({ server: server.url, ca: tls.ca, token });
  const { apiVersion, kind, spec } = buildVirtualMachine();
  const metadata = { namespace: "default", name: "web" };
  await new KubeClient(connection, { fieldManager: "test" }).create<VirtualMachine>(virtualMachines, {
    apiVersion,
    kind,
    metadata,
    spec,
  });
});

afterAll(async () => {
  connection.close();
  await server.close();
  await store.close();
  await rm(folder, { recursive: true });
});

beforeEach(() => {
  guests.visits.length = 0;
  guests.refusal = undefined;
});

const connect = async (path = `${machine}/console`, query = {}): Promise<WebSocket> => {
  const socket = await openWebSocket(connection, { path, query, timeoutMs: 5_000 });
  socket.resume();
  return socket;
};

function said(socket: WebSocket, words: string): Promise<string> {
  let text = "";
  return new Promise((resolve) => {
    socket.on("message", (data: Buffer) => {
      text += data.toString("latin1");
      if (text.includes(words)) resolve(text);
    });
  });
}

const closed = (socket: WebSocket) =>
  new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once("close", (code, reason) => resolve({ code, reason: reason.toString() }));
  });

test("a console is joined to its guest, byte by byte, until the user leaves", async () => {
  const socket = await connect();
  expect(guests.visits).toEqual(["console default/web ifFree"]);
  const hello = said(socket, "login");
  guests.guest?.write(Buffer.from([0, 255, 0x1d]));
  guests.guest?.write("login");
  expect(await hello).toBe("\x00\xff\x1dlogin");
  const typed = new Promise((resolve) => guests.guest?.once("data", resolve));
  socket.send(Buffer.from("root\r"));
  expect(String(await typed)).toBe("root\r");
  const before = guests.closed;
  socket.close();
  await expect.poll(() => guests.closed).toBe(before + 1);
});

test("a console can be taken over, and a screen is a way of its own", async () => {
  (await connect(undefined, { force: "true" })).close();
  (await connect(`${machine}/vnc`)).close();
  expect(guests.visits).toEqual(["console default/web takeOver", "vnc web"]);
});

test("the end of a guest closes the line after its last words, and its failure says why", async () => {
  const ended = await connect();
  const words = said(ended, "bye");
  const normal = closed(ended);
  guests.guest?.end("bye");
  expect(await words).toBe("bye");
  expect(await normal).toEqual({ code: 1000, reason: "" });

  const failed = await connect();
  const fault = closed(failed);
  guests.line?.destroy(new Error("the line was cut"));
  expect(await fault).toEqual({ code: 1011, reason: "the line was cut" });
});

test("a client that does not read stops the guest from being read", async () => {
  const socket = await connect();
  socket.pause();
  const flood = Buffer.alloc(64 * 1024);
  let written = 0;
  const pump = () => {
    let taken = true;
    while (taken && written < 1_000) {
      taken = guests.guest?.write(flood) === true;
      written += 1;
    }
  };
  guests.guest?.on("drain", pump);
  pump();
  // As much as the two kernels' buffers and the server's hold, and then no more.
  let last = -1;
  await expect
    .poll(
      () => {
        const same = last === written;
        last = written;
        return same;
      },
      { interval: 300, timeout: 10_000 },
    )
    .toBe(true);
  expect(written).toBeLessThan(400);
  socket.resume();
  await expect.poll(() => written, { timeout: 10_000 }).toBe(1_000);
  socket.terminate();
});

test("a message larger than any keyboard's ends the line", async () => {
  const socket = await connect();
  socket.on("error", () => undefined);
  const end = closed(socket);
  socket.send(Buffer.alloc(2 * 1024 * 1024));
  expect((await end).code).toBe(1009);
});

test("refusals come before the line is opened, as Status", async () => {
  const refused = async (path: string) => {
    const error = await connect(path).catch((fault: unknown) => fault);
    return error instanceof ApiError ? `${error.code} ${error.reason} ${error.message}` : String(error);
  };
  guests.refusal = { open: false, reason: "busy", message: "somebody is there" };
  expect(await refused(`${machine}/console`)).toBe("409 Conflict somebody is there");
  guests.refusal = { open: false, reason: "unavailable", message: "libvirt is away" };
  expect(await refused(`${machine}/console`)).toBe("503 ServiceUnavailable libvirt is away");
  expect(await refused(`${machine.replace(/web$/, "absent")}/console`)).toMatch(/^404 NotFound .*"absent" not found/);
  for (const path of [
    `${machine}/shell`,
    `${machine}/log`,
    machine,
    "/",
    "/api/v1/namespaces",
    `${machine}/console/x`,
  ]) {
    expect(await refused(path)).toMatch(/^40[04] /);
  }
  expect(guests.visits).toHaveLength(2);
});

test("nobody is let in without the token, from a web page, or under another name", async () => {
  const attempt = (headers: Record<string, string>) =>
    new Promise<number>((resolve) => {
      const socket = new WebSocket(`${server.url.replace("https", "wss")}${machine}/console`, { headers, ca: tls.ca });
      socket.on("unexpected-response", (_request, response) => {
        resolve(response.statusCode ?? 0);
        socket.terminate();
      });
      socket.on("error", () => undefined);
      socket.on("open", () => resolve(101));
    });
  const right = { authorization: `Bearer ${token}` };
  expect(await attempt({})).toBe(401);
  expect(await attempt({ authorization: "Bearer wrong" })).toBe(401);
  expect(await attempt({ ...right, origin: "https://evil.example" })).toBe(403);
  expect(await attempt({ ...right, host: "evil.example" })).toBe(403);
  expect(guests.visits).toEqual([]);
});

test("a log is text, with the parameters that kubectl's logs have", async () => {
  const get = async (path: string) => {
    const response = await open(connection, { method: "GET", path, timeoutMs: 5_000 });
    return {
      code: response.statusCode,
      text: await readText(connection, response),
      type: response.headers["content-type"],
    };
  };
  expect(await get(`${machine}/log?tailLines=5&follow=true`)).toEqual({
    code: 200,
    text: "printed\n",
    type: "text/plain; charset=utf-8",
  });
  expect(guests.visits).toEqual(["log 5 true"]);
  expect((await get(`${machine}/log?tailLines=many`)).code).toBe(400);
  expect((await get(`${machine}/console`)).code).toBe(400);
  guests.refusal = { open: false, reason: "notRunning", message: "not yet" };
  expect(await get(`${machine}/log`)).toMatchObject({ code: 409 });
});

test("discovery names the ways to a guest", async () => {
  const get = async (path: string) => {
    const response = await open(connection, { method: "GET", path, timeoutMs: 5_000 });
    return JSON.parse(await readText(connection, response));
  };
  const list = await get("/apis/subresources.kubevirt.io/v1alpha1");
  expect(list.resources.map(({ name }: { name: string }) => name)).toEqual([
    "virtualmachines/console",
    "virtualmachines/vnc",
    "virtualmachines/log",
  ]);
  expect((await get("/apis")).groups.map(({ name }: { name: string }) => name)).toContain("subresources.kubevirt.io");
});
