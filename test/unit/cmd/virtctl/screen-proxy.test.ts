import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { openScreenProxy, type ScreenProxy } from "../../../../provider/cmd/virtctl/screen-proxy";

let proxy: ScreenProxy | undefined;
afterEach(async () => {
  await proxy?.close();
  proxy = undefined;
});

/** A screen that greets, and is told when it is left. */
class Screen extends Duplex {
  override _read(): void {}
  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    done();
  }
  static greeting(): Screen {
    const screen = new Screen();
    screen.push("RFB");
    return screen;
  }
}

async function open(screens: Screen[] = []): Promise<ScreenProxy> {
  proxy = await openScreenProxy({
    port: 0,
    connect: async () => {
      const screen = Screen.greeting();
      screens.push(screen);
      return screen;
    },
    onFault: (error) => {
      throw error;
    },
  });
  return proxy;
}

/** What comes first: a greeting, or the end of the line. */
async function greetingOf(viewer: Socket): Promise<string> {
  const ended = once(viewer, "close").then(() => "closed");
  return Promise.race([once(viewer, "data").then(([bytes]) => String(bytes)), ended]);
}

describe("a port that leads to a screen", () => {
  it("serves one viewer after the other, however soon the next one comes", async () => {
    const { port } = await open();
    for (let round = 0; round < 100; round += 1) {
      const viewer = connect(port, "127.0.0.1");
      expect(await greetingOf(viewer)).toBe("RFB");
      viewer.destroy();
    }
  });

  it("has one viewer at a time: the next is shown the door, or has the place as soon as it is free", async () => {
    const { port } = await open();
    const first = connect(port, "127.0.0.1");
    expect(await greetingOf(first)).toBe("RFB");
    expect(await greetingOf(connect(port, "127.0.0.1"))).toBe("closed");
    const waits = greetingOf(connect(port, "127.0.0.1"));
    first.destroy();
    expect(await waits).toBe("RFB");
  });

  it("leaves the screen when its viewer goes", async () => {
    const screens: Screen[] = [];
    const { port } = await open(screens);
    const viewer = connect(port, "127.0.0.1");
    await greetingOf(viewer);
    viewer.destroy();
    await expect.poll(() => screens.map(({ destroyed }) => destroyed)).toEqual([true]);
  });

  it("is not opened where there is no screen", async () => {
    const connectNone = () => Promise.reject(new Error("the guest has no screen"));
    await expect(openScreenProxy({ port: 0, connect: connectNone, onFault: () => undefined })).rejects.toThrow(
      "the guest has no screen",
    );
  });
});
