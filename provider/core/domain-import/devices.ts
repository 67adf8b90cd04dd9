/**
 * Devices that are not disks. Most come about by themselves: libvirt adds them, or every machine of this project has them.
 * What differs from that is lost, part by part.
 */
import type { Watchdog } from "../../api/v1alpha1/watchdog";
import { guestAgentChannel } from "../domain-xml/channel";
import { attributeOf, childrenNamed, type XmlNode } from "../domain-xml/xml-node";
import type { GuestWait } from "../wait-for";
import type { Ledger } from "./loss";

/** `isOwn`: the domain is a machine of this project already, so its network is the node's choice. */
export function readDevices(devices: XmlNode, isOwn: boolean, ledger: Ledger): Watchdog | undefined {
  ledger.take(devices);
  const all = (name: string) => childrenNamed(devices, name);
  for (const emulator of all("emulator")) ledger.takeWhole(emulator);
  for (const controller of all("controller")) readController(controller, ledger);
  const [card] = all("interface");
  if (card !== undefined) readCard(card, isOwn, ledger);
  for (const name of ["serial", "console"]) {
    const [first] = all(name);
    if (first !== undefined && attributeOf(first, "type") === "pty") ledger.takeWhole(first);
  }
  for (const graphics of all("graphics").slice(0, 1)) readGraphics(graphics, ledger);
  for (const video of all("video").slice(0, 1)) readVideo(video, ledger);
  for (const input of all("input")) if (attributeOf(input, "bus") === "ps2") ledger.takeWhole(input);
  for (const audio of all("audio")) if (attributeOf(audio, "type") === "none") ledger.takeWhole(audio);
  for (const balloon of all("memballoon")) if (attributeOf(balloon, "model") === "virtio") ledger.takeWhole(balloon);
  return readWatchdog(all("watchdog"), ledger);
}

/** Of a machine of this project: it has the channel of a guest agent because that is waited for. */
export function readGuestWaits(devices: XmlNode, ledger: Ledger): readonly GuestWait[] {
  const agents = childrenNamed(devices, "channel").filter((channel) =>
    childrenNamed(channel, "target").some((target) => attributeOf(target, "name") === guestAgentChannel),
  );
  for (const agent of agents) ledger.takeWhole(agent);
  return agents.length === 0 ? [] : [{ kind: "guest-agent" }];
}

/** Buses come with what is on them. Which SCSI controller it is, guests see. */
function readController(node: XmlNode, ledger: Ledger): void {
  const isUsual =
    attributeOf(node, "type") !== "scsi" || ["virtio-scsi", undefined].includes(attributeOf(node, "model"));
  if (isUsual) {
    ledger.takeWhole(node);
    return;
  }
  ledger.take(node, "type", "index");
  for (const part of node.children) if (typeof part !== "string") ledger.takeWhole(part);
  ledger.lose(node, "SCSI disks are on a virtio-scsi controller, for which the guest needs a driver", "model");
}

function readCard(node: XmlNode, isOwn: boolean, ledger: Ledger): void {
  if (isOwn) {
    ledger.takeWhole(node);
    return;
  }
  ledger.take(node);
  ledger.lose(node, "the card is plugged into what the node or the pod has", "type");
  for (const name of ["alias", "address", "target", "driver"])
    for (const part of childrenNamed(node, name)) ledger.takeWhole(part);
  for (const source of childrenNamed(node, "source")) {
    ledger.lose(source, "the card is plugged into what the node or the pod has");
  }
  for (const mac of childrenNamed(node, "mac")) {
    ledger.lose(mac, "the card gets a hardware address of its own; a guest that knows its card by it must be told");
  }
  for (const model of childrenNamed(node, "model")) {
    ledger.take(model, "type");
    if (attributeOf(model, "type") !== "virtio") {
      ledger.lose(model, "the card is a virtio one, for which the guest needs a driver", "type");
    }
  }
}

function readGraphics(node: XmlNode, ledger: Ledger): void {
  if (attributeOf(node, "type") !== "vnc") return;
  ledger.take(node, "type", "socket", "port", "autoport");
  for (const listen of childrenNamed(node, "listen")) {
    const isOpen = attributeOf(listen, "type") !== "socket";
    if (isOpen) ledger.lose(listen, "the screen is at a socket that virtctl vnc leads to, at no port of the node");
    else ledger.takeWhole(listen);
  }
  if (attributeOf(node, "listen") !== undefined) {
    ledger.lose(node, "the screen is at a socket that virtctl vnc leads to, at no port of the node", "listen");
  }
}

function readVideo(node: XmlNode, ledger: Ledger): void {
  const model = childrenNamed(node, "model")[0];
  if (model === undefined || attributeOf(model, "type") !== "vga") return;
  ledger.takeWhole(node);
}

const actions = ["reset", "poweroff", "shutdown"] as const;

function readWatchdog(nodes: readonly XmlNode[], ledger: Ledger): Watchdog | undefined {
  // Every q35 machine has this one in its chipset.
  for (const node of nodes) if (attributeOf(node, "model") === "itco") ledger.takeWhole(node);
  const node = nodes.find((one) => attributeOf(one, "model") === "i6300esb");
  if (node === undefined) return undefined;
  ledger.take(node, "model");
  for (const name of ["alias", "address"]) for (const part of childrenNamed(node, name)) ledger.takeWhole(part);
  const alias = childrenNamed(node, "alias")[0];
  const name = /^ua-watchdog_([A-Za-z0-9_-]{1,63})$/.exec((alias && attributeOf(alias, "name")) ?? "")?.[1];
  const action = actions.find((known) => known === attributeOf(node, "action"));
  if (action === undefined)
    ledger.lose(node, `its action must be one of ${actions.join(", ")}; it resets the machine`, "action");
  else ledger.take(node, "action");
  return { name: name ?? "watchdog", i6300esb: { action: action ?? "reset" } };
}
