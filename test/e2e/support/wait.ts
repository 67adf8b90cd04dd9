import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Tries `probe` until it returns something, and fails with `what` at the deadline. */
export async function eventually<T>(what: string, probe: () => Promise<T | undefined>, seconds = 60): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(50);
  }
}

/** What a guest sends on its port 80, once it answers. */
export function guestAnswer(ip: string, seconds = 120): Promise<string> {
  return eventually(`${ip} answers on port 80`, () => readOnce(ip), seconds);
}

function readOnce(host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ host, port: 80 });
    socket.setTimeout(3000, () => socket.destroy());
    socket.on("data", (chunk) => {
      text += chunk.toString();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => resolve(text.trim() === "" ? undefined : text.trim()));
  });
}
