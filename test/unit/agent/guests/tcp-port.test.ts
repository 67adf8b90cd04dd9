import { once } from "node:events";
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

it("a try ends when it is called off", async () => {
  const { server, port } = await listening();
  expect(await tryTcpPort("127.0.0.1", port, AbortSignal.abort())).toBe("ABORT_ERR");
  server.close();
});
