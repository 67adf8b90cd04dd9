import { mkdtemp, rename, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeFrame, type Frame, FrameReader } from "../../../provider/libvirt/framing";
import { HypervisorError, HypervisorUnavailableError } from "../../../provider/libvirt/hypervisor";
import { keepalive, messageStatus, messageType, program } from "../../../provider/libvirt/procedures";
import { RpcConnection } from "../../../provider/libvirt/rpc-connection";
import { XdrEncoder } from "../../../provider/libvirt/xdr";

/** A daemon that keeps what it is asked and answers when the test says so. */
class ScriptedDaemon {
  readonly received: Frame[] = [];
  #server: Server | undefined;
  #socket: Socket | undefined;

  listen(path: string): Promise<void> {
    const server = createServer((socket) => {
      this.#socket = socket;
      const reader = new FrameReader();
      socket.on("data", (chunk) => this.received.push(...reader.push(chunk)));
      socket.on("error", () => socket.destroy());
    });
    this.#server = server;
    return new Promise((resolve) => server.listen(path, resolve));
  }

  get calls(): readonly Frame[] {
    return this.received.filter((frame) => frame.type === messageType.call);
  }

  answer(call: Frame | undefined, body: XdrEncoder, status: number = messageStatus.ok): void {
    if (call === undefined) {
      throw new Error("there is no such call to answer");
    }
    const { program: target, version, procedure, serial } = call;
    this.write(
      encodeFrame({ program: target, version, procedure, serial, type: messageType.reply, status }, body.bytes()),
    );
  }

  write(bytes: Buffer): void {
    this.#socket?.write(bytes);
  }

  hangUp(): void {
    this.#socket?.destroy();
  }

  close(): Promise<void> {
    this.hangUp();
    return new Promise((resolve) => (this.#server === undefined ? resolve() : this.#server.close(() => resolve())));
  }
}

describe("RpcConnection", () => {
  let folder: string;
  let daemon: ScriptedDaemon;
  let connection: RpcConnection;

  const open = (timing: { callTimeoutMs?: number; keepaliveMs?: number } = {}) =>
    RpcConnection.open({
      socketPath: join(folder, "sock"),
      connectTimeoutMs: 1_000,
      callTimeoutMs: timing.callTimeoutMs ?? 5_000,
      keepaliveMs: timing.keepaliveMs ?? 5_000,
    });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "kubevirt-rpc-"));
    daemon = new ScriptedDaemon();
    await daemon.listen(join(folder, "sock"));
    connection = await open();
  });

  afterEach(async () => {
    connection.close();
    await daemon.close();
    await rm(folder, { recursive: true, force: true });
  });

  const received = (count: number) => expect.poll(() => daemon.calls.length).toBe(count);

  it("brings each answer to its own call, in whatever order they come", async () => {
    const first = connection.call(1);
    const second = connection.call(2);
    await received(2);
    daemon.answer(daemon.calls[1], new XdrEncoder().string("two"));
    daemon.answer(daemon.calls[0], new XdrEncoder().string("one"));
    expect((await first).string()).toBe("one");
    expect((await second).string()).toBe("two");
  });

  it("keeps at most four calls in flight, and sends the next when one is answered", async () => {
    const calls = [1, 2, 3, 4, 5, 6].map((procedure) => connection.call(procedure));
    await received(4);
    daemon.answer(daemon.calls[2], new XdrEncoder());
    await received(5);
    expect(daemon.calls.map((call) => call.procedure)).toEqual([1, 2, 3, 4, 5]);
    connection.close();
    await Promise.allSettled(calls);
  });

  it("throws libvirt's refusal with its number, domain and words", async () => {
    const call = connection.call(23);
    await received(1);
    daemon.answer(
      daemon.calls[0],
      new XdrEncoder().int(42).int(10).optionalString("no such domain"),
      messageStatus.error,
    );
    await expect(call).rejects.toThrow(new HypervisorError("no such domain", { code: 42, domain: 10 }));
    await expect(call).rejects.toMatchObject({ code: 42, domain: 10 });
  });

  it("ends a call without an answer after its time, and still takes other answers", async () => {
    const lost = connection.call(1, undefined, { timeoutMs: 30 });
    await expect(lost).rejects.toThrow(/did not answer call 1 within 0.03 s/);
    await expect(lost).rejects.toThrow(HypervisorUnavailableError);
    const next = connection.call(2);
    await received(2);
    daemon.answer(daemon.calls[0], new XdrEncoder().string("too late"));
    daemon.answer(daemon.calls[1], new XdrEncoder().string("in time"));
    expect((await next).string()).toBe("in time");
  });

  it("does not send a call that timed out while it waited for a slot", async () => {
    const busy = [1, 2, 3, 4].map((procedure) => connection.call(procedure));
    await expect(connection.call(5, undefined, { timeoutMs: 30 })).rejects.toThrow(HypervisorUnavailableError);
    await received(4);
    daemon.answer(daemon.calls[0], new XdrEncoder());
    const last = connection.call(6);
    await received(5);
    expect(daemon.calls[4]?.procedure).toBe(6);
    connection.close();
    await Promise.allSettled([...busy, last]);
  });

  it("rejects every call when the daemon hangs up, and tells why once", async () => {
    const reasons: string[] = [];
    connection.onClose((reason) => reasons.push(reason.message));
    const calls = [1, 2, 3, 4, 5].map((procedure) => connection.call(procedure));
    await received(4);
    daemon.hangUp();
    for (const call of calls) {
      await expect(call).rejects.toThrow(/was closed by libvirtd/);
    }
    await expect(connection.call(6)).rejects.toThrow(HypervisorUnavailableError);
    expect(reasons).toHaveLength(1);
  });

  it("answers the daemon's ping", async () => {
    const ping = {
      program: program.keepalive,
      version: 1,
      procedure: keepalive.ping,
      type: messageType.message,
      serial: 0,
      status: 0,
    };
    const call = connection.call(1);
    await received(1);
    daemon.write(encodeFrame(ping, Buffer.alloc(0)));
    await expect
      .poll(() =>
        daemon.received.filter((frame) => frame.program === program.keepalive).map((frame) => frame.procedure),
      )
      .toEqual([keepalive.pong]);
    connection.close();
    await Promise.allSettled([call]);
  });

  it("ends when three pings in a row bring no sign of life", async () => {
    connection.close();
    connection = await open({ keepaliveMs: 20 });
    connection.startKeepalive();
    await expect(connection.call(1)).rejects.toThrow(/gave no sign of life for 0.06 s/);
  });

  it("ends when a message makes no sense", async () => {
    const call = connection.call(1);
    await received(1);
    daemon.write(Buffer.from("ffffffff", "hex"));
    await expect(call).rejects.toThrow(/carried a message that cannot be read/);
  });

  it("ends when an event makes no sense", async () => {
    connection.onEvent((_procedure, body) => body.string());
    const call = connection.call(1);
    await received(1);
    const event = {
      program: program.remote,
      version: 1,
      procedure: 318,
      type: messageType.message,
      serial: 0,
      status: 0,
    };
    daemon.write(encodeFrame(event, Buffer.from("7fffffff", "hex")));
    await expect(call).rejects.toThrow(/cannot be read: a string claims/);
  });
});

describe("RpcConnection.open", () => {
  const open = (socketPath: string) =>
    RpcConnection.open({ socketPath, connectTimeoutMs: 1_000, callTimeoutMs: 1_000, keepaliveMs: 1_000 });

  it("says that libvirt is not installed or not running when there is no socket", async () => {
    const attempt = open("/nonexistent/libvirt-sock");
    await expect(attempt).rejects.toThrow(HypervisorUnavailableError);
    await expect(attempt).rejects.toThrow(
      /^cannot reach libvirt at \/nonexistent\/libvirt-sock: there is no such socket: libvirt is not installed or not running\. Install it/,
    );
  });

  it("says that libvirtd is not running when nobody listens on the socket", async () => {
    const folder = await mkdtemp(join(tmpdir(), "kubevirt-rpc-"));
    const path = join(folder, "sock");
    try {
      const left = createServer();
      await new Promise<void>((resolve) => left.listen(path, resolve));
      // A process that dies leaves its socket's file; close() would remove it.
      await rename(path, `${path}.kept`);
      await new Promise((resolve) => left.close(resolve));
      await expect(open(`${path}.kept`)).rejects.toThrow(/connection refused: .* libvirtd is not running\. Start it/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
