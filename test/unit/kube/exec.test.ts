import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ApiError, UnreachableError } from "../../../provider/kube/errors";
import { ExecError, openExec } from "../../../provider/kube/exec";
import { FakeKubelet } from "../../fakes/kubelet";

let kubelet: FakeKubelet;
beforeEach(async () => {
  kubelet = await FakeKubelet.open();
});
afterEach(() => kubelet.close());

const open = (of = kubelet) =>
  openExec(of.connection, {
    namespace: "shop",
    pod: "web-1",
    container: "launcher",
    command: ["nc", "-U", "/a socket"],
    timeoutMs: 5_000,
  });
const frame = (channel: number, content: string) => Buffer.concat([Buffer.of(channel), Buffer.from(content)]);
const success = frame(3, JSON.stringify({ kind: "Status", status: "Success" }));
const failure = (message: string) => frame(3, JSON.stringify({ kind: "Status", status: "Failure", message }));

describe("a program in a pod", () => {
  it("is asked for by its words", async () => {
    const stream = await open();
    expect(kubelet.urls).toEqual([
      "/api/v1/namespaces/shop/pods/web-1/exec?container=launcher&command=nc&command=-U&command=%2Fa+socket&stdin=true&stdout=true&stderr=true",
    ]);
    stream.destroy();
  });

  it("is written to, says something, and ends", async () => {
    const stream = await open();
    const line = await kubelet.line;
    line.send(frame(1, "one "));
    line.send(frame(2, "not this"));
    line.send(frame(1, "two"));
    line.send(success);
    stream.write("typed");
    expect(await text(stream)).toBe("one two");
    await expect.poll(() => kubelet.received.map(String)).toContain("\0typed");
  });

  it("ends with what it has said when it fails", async () => {
    const stream = await open();
    const line = await kubelet.line;
    line.send(frame(2, "nc: connect failed\n"));
    line.send(failure("command terminated with exit code 1"));
    const error = await text(stream).then(undefined, (fault: unknown) => fault);
    expect(error).toBeInstanceOf(ExecError);
    expect(error).toMatchObject({ message: "command terminated with exit code 1", said: "nc: connect failed" });
  });

  it("is told the end of its input by a server that can be told", async () => {
    const stream = await open();
    stream.end("last");
    await expect
      .poll(() => kubelet.received.map((one) => [...one]))
      .toEqual([
        [0, ...Buffer.from("last")],
        [255, 0],
      ]);
    stream.destroy();

    const old = await FakeKubelet.open(["v4.channel.k8s.io"]);
    const other = await open(old);
    other.end("last");
    await expect.poll(() => old.received).toHaveLength(1);
    (await old.line).send(success);
    expect(await text(other)).toBe("");
    expect(old.received.map(String)).toEqual(["\0last"]);
    await old.close();
  });

  it("that is cut off is told from one that has ended", async () => {
    const stream = await open();
    (await kubelet.line).terminate();
    await expect(text(stream)).rejects.toThrow(UnreachableError);
  });

  it("is left when its stream is destroyed", async () => {
    const stream = await open();
    const line = await kubelet.line;
    const closed = new Promise((resolve) => line.once("close", resolve));
    stream.destroy();
    await closed;
  });

  it("is read no faster than its reader", async () => {
    const stream = await open();
    const line = await kubelet.line;
    const block = "x".repeat(64 * 1024);
    for (let sent = 0; sent < 400; sent += 1) line.send(frame(1, block));
    line.send(success);
    stream.read(0);
    await expect.poll(() => stream.readableLength).toBeGreaterThan(0);
    expect(stream.readableLength).toBeLessThan(1024 * 1024);
    expect(await text(stream)).toHaveLength(400 * block.length);
  });

  it("is refused in the server's words", async () => {
    kubelet.refuseExec('pods "web-1" is forbidden');
    const error = await open().then(undefined, (fault: unknown) => fault);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: 403, message: 'pods "web-1" is forbidden' });
  });
});
