import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Duplex, duplexPair } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GuestStream } from "../../../../provider/agent/guests/guest-access";
import { GuestDoors, mostConnections } from "../../../../provider/agent/pods/guest-doors";
import { silentLogger } from "../../../../provider/runtime/log";

const machine = { namespace: "shop", name: "web", uid: "11111111-2222-3333-4444-555555555555" };
const launcher = async () => ({ pid: 1, cgroups: [] });

let root: string;
let folder: string;
let doors: GuestDoors;
let entered: string[];
let guests: Duplex[];
let busy: boolean;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "doors-"));
  folder = join(root, "kubevirt");
  mkdirSync(folder);
  entered = [];
  guests = [];
  busy = false;
  doors = open();
});
afterEach(async () => {
  await doors.close(machine.uid);
  rmSync(root, { recursive: true });
});

function open(log = silentLogger): GuestDoors {
  const enter = async (way: string): Promise<GuestStream<Duplex>> => {
    entered.push(way);
    if (busy) return { open: false, reason: "busy", message: "somebody else is at the console" };
    const [stream, guest] = duplexPair();
    guests.push(guest);
    return { open: true, stream };
  };
  return new GuestDoors({
    guests: { openConsole: (_machine, mode) => enter(mode), openScreen: () => enter("screen") },
    log,
    user: process.getuid?.() ?? 0,
    folderOf: () => folder,
  });
}

async function enter(name: string): Promise<Socket> {
  const socket = connect(join(folder, name));
  await once(socket, "connect");
  return socket;
}

async function heard(socket: Socket, length: number): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < length) {
    const [chunk] = (await once(socket, "data")) as [Buffer];
    bytes = Buffer.concat([bytes, chunk]);
  }
  return bytes;
}

async function all(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe("the doors to a guest", () => {
  it("lead to its console, in somebody's place, and to its screen", async () => {
    await doors.open(machine, launcher);
    for (const name of ["console", "console-force", "screen"]) {
      const line = await enter(name);
      expect([...(await heard(line, 1))]).toEqual([0]);
      line.destroy();
    }
    expect(entered).toEqual(["ifFree", "takeOver", "screen"]);
  });

  it("carry both ways, and end with either side", async () => {
    await doors.open(machine, launcher);
    const line = await enter("console");
    await heard(line, 1);
    line.write("ls\r");
    expect(String((await once(guests[0] as Duplex, "data"))[0])).toBe("ls\r");
    guests[0]?.write("done");
    expect(String(await heard(line, 4))).toBe("done");
    guests[0]?.end("bye");
    expect(String(await all(line))).toBe("bye");

    const other = await enter("console");
    await heard(other, 1);
    guests[1]?.resume();
    other.end();
    await once(guests[1] as Duplex, "end");
  });

  it("say why they are closed", async () => {
    busy = true;
    await doors.open(machine, launcher);
    const said = await all(await enter("console"));
    expect([said[0], said.subarray(1).toString()]).toEqual([1, "somebody else is at the console"]);
  });

  it("are for their user alone, in a folder that nobody else can write to", async () => {
    await doors.open(machine, launcher);
    expect(statSync(folder).mode & 0o777).toBe(0o711);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  it("are opened over whatever has their names, which is followed nowhere", async () => {
    const treasure = join(root, "treasure");
    writeFileSync(treasure, "gold", { mode: 0o644 });
    symlinkSync(treasure, join(folder, "console"));
    mkdirSync(join(folder, "console-force/deep"), { recursive: true });
    writeFileSync(join(folder, "screen"), "no socket");
    await doors.open(machine, launcher);
    for (const name of ["console", "console-force", "screen"]) {
      expect(statSync(join(folder, name)).isSocket()).toBe(true);
    }
    expect([readFileSync(treasure, "utf8"), statSync(treasure).mode & 0o777]).toEqual(["gold", 0o644]);
  });

  it("are not opened through a link in the folder's place", async () => {
    rmSync(folder, { recursive: true });
    const elsewhere = join(root, "elsewhere");
    mkdirSync(elsewhere, { mode: 0o755 });
    symlinkSync(elsewhere, folder);
    const told: string[] = [];
    const log = { ...silentLogger, warn: (_fields: object, message: string) => void told.push(message) };
    await open(log).open(machine, launcher);
    expect(told).toEqual(["the way to a guest's console and screen could not be opened"]);
    expect([readdirSync(elsewhere), statSync(elsewhere).mode & 0o777]).toEqual([[], 0o755]);
  });

  it("turn away whom there is no room for", async () => {
    await doors.open(machine, launcher);
    const lines = await Promise.all(Array.from({ length: mostConnections }, () => enter("screen")));
    await Promise.all(lines.map((line) => heard(line, 1)));
    const refused = await Promise.all(Array.from({ length: 50 }, () => enter("screen")));
    for (const line of refused) expect(await all(line)).toHaveLength(0);
    expect(entered).toHaveLength(mostConnections);
    for (const line of lines) line.destroy();
  });

  it("are opened once, and again by another agent whose predecessor was killed", async () => {
    await doors.open(machine, launcher);
    await doors.open(machine, async () => {
      throw new Error("the launcher is not asked for again");
    });
    const next = open();
    await next.open(machine, launcher);
    const line = await enter("console");
    expect([...(await heard(line, 1))]).toEqual([0]);
    await next.close(machine.uid);
  });

  it("go with the machine, and cut whoever is there", async () => {
    await doors.open(machine, launcher);
    const line = await enter("screen");
    await heard(line, 1);
    const cut = once(line, "close");
    await doors.close(machine.uid);
    await cut;
    expect(readdirSync(folder)).toEqual([]);
  });

  it("are missing, and nothing is told, where the launcher has no folder for them", async () => {
    rmSync(folder, { recursive: true });
    const told: string[] = [];
    const log = { ...silentLogger, warn: (_fields: object, message: string) => void told.push(message) };
    await open(log).open(machine, launcher);
    expect(told).toEqual([]);
  });
});
