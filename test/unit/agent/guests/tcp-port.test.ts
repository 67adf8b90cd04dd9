import { getEventListeners, once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, it } from "vitest";
import { tryTcpPort } from "../../../../provider/agent/guests/tcp-port";

const forever = new AbortController().signal;

async function listening() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { server, port };
}

it("a port that accepts connections answers, is told nothing and left at once", async () => {
  const { server, port } = await listening();
  const left = new Promise<string>((resolve) => {
    server.once("connection", (socket) => {
      let said = "";
      socket.on("data", (chunk) => {
        said += String(chunk);
      });
      socket.once("close", () => resolve(said));
      socket.on("error", () => undefined);
    });
  });
  expect(await tryTcpPort("127.0.0.1", port, forever)).toBeUndefined();
  expect(await left).toBe("");
  server.close();
});

it("a port at which nobody listens says why it does not", async () => {
  const { server, port } = await listening();
  server.close();
  await once(server, "close");
  expect(await tryTcpPort("127.0.0.1", port, forever)).toBe("connection refused");
});

it("a try ends when it is called off, before it or while it lasts", async () => {
  const off = "the try was called off";
  expect(await tryTcpPort("127.0.0.1", 1, AbortSignal.abort())).toBe(off);
  const abort = new AbortController();
  // Addresses for documentation (RFC 5737): nobody answers there.
  const trying = tryTcpPort("192.0.2.1", 22, abort.signal);
  abort.abort();
  expect(await trying).toBe(off);
});

it("nobody is asked for the address of a name", async () => {
  expect(await tryTcpPort("localhost", 1, forever)).toBe("that is no address");
});

it("a try leaves nothing with the signal that could have called it off", async () => {
  const { signal } = new AbortController();
  for (let count = 0; count < 3; count += 1) await tryTcpPort("127.0.0.1", 1, signal);
  expect(getEventListeners(signal, "abort")).toEqual([]);
});
