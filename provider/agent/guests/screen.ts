/** A guest's screen: the VNC server that QEMU has for it on a socket in a folder of the domain's own. */
import { createConnection, type Socket } from "node:net";
import { parseXml } from "../../core/domain-xml/parse";
import { attributeOf, childrenNamed } from "../../core/domain-xml/xml-node";

/** The socket's path in the document of a running domain; undefined when it has no screen on a socket. */
export function screenSocketOf(xml: string): string | undefined {
  const root = parseXml(xml);
  const [devices] = root === undefined ? [] : childrenNamed(root, "devices");
  for (const graphics of devices === undefined ? [] : childrenNamed(devices, "graphics")) {
    if (attributeOf(graphics, "type") !== "vnc") continue;
    for (const listen of childrenNamed(graphics, "listen")) {
      const path = attributeOf(listen, "socket");
      if (path !== undefined) return path;
    }
  }
  return undefined;
}

export function connectScreen(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}
