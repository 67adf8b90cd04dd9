/** How people look at the machine: a serial console, and a screen over VNC on a socket in the domain's own folder. */
import type { Devices as DevicesElement } from "../domain-xml/devices";

export type ConsoleSection = Pick<DevicesElement, "serials" | "consoles" | "graphics" | "videos">;

export function convertConsoles(consoleLogPath: string | undefined): ConsoleSection {
  return {
    serials: [
      {
        type: "pty",
        ...(consoleLogPath === undefined ? {} : { log: { file: consoleLogPath, append: true } }),
        target: { port: 0 },
      },
    ],
    consoles: [{ type: "pty", target: { type: "serial", port: 0 } }],
    // No TCP port: on a shared host anybody could connect to one.
    graphics: [{ type: "vnc", listen: { type: "socket" } }],
    videos: [{ model: { type: "vga", heads: 1, vram: 16_384 } }],
  };
}
