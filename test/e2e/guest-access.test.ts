/** virtctl's ways to a real guest, and its pause and restart, on the real engine and real libvirt. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, stat } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "./support/command.ts";
import { domains, LocalEngine, projectRoot } from "./support/local-engine.ts";
import { eventually, guestAnswer } from "./support/wait.ts";

let engine: LocalEngine;
const virtctl = join(projectRoot, "dist/bin/virtctl");

const manifest = `
apiVersion: kubevirt.io/v1alpha1
kind: OfflineVirtualMachine
metadata:
  name: web
spec:
  runStrategy: Always
  template:
    spec:
      terminationGracePeriodSeconds: 20
      domain:
        resources: {requests: {memory: 128Mi}}
        devices:
          disks:
          - {name: root, volumeName: root, disk: {bus: virtio}}
          - {name: seed, volumeName: seed, cdrom: {bus: sata}}
      volumes:
      - name: root
        ephemeral: {persistentVolumeClaim: {claimName: tiny}}
      - name: seed
        cloudInitNoCloud: {userData: "#!/bin/sh\\necho here > /run/greeting\\n"}
`;

const machine = async () => JSON.parse(await engine.kubectl("get", "vm", "web", "--output", "json"));
const inNamespace = () => ["--namespace", engine.namespace];

/** Types at the console, with nobody's hands on it. */
const type = (input: string, ...flags: string[]) =>
  run(virtctl, ["console", "web", ...inNamespace(), ...flags], { env: engine.env, input });

/** Somebody who sits at the console and says nothing, until `leave`. */
async function sitAtConsole() {
  const child = spawn(virtctl, ["console", "web", ...inNamespace()], {
    env: engine.env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  const ended = once(child, "exit");
  child.stdin.write("echo sitting-$((40+2))\r");
  await eventually("the shell answers", async () => (said.includes("sitting-42") ? true : undefined), 20);
  return {
    child,
    said: () => said,
    ended,
    leave: async () => {
      child.stdin.write("\x1d");
      await ended;
    },
  };
}

beforeAll(async () => {
  engine = await LocalEngine.create();
  await engine.start();
  await engine.importGuest("tiny");
  await engine.tryKubectl(["apply", "--filename", "-"], manifest);
});

afterAll(async () => {
  await engine?.tryKubectl(["delete", "ovms", "--all", "--timeout=60s"]);
  await engine?.remove();
});

describe("virtctl console", () => {
  test("waits for the guest, and brings what is typed to its shell and the answer back", async () => {
    const early = await type("", "--timeout", "60", "--linger", "0");
    expect(early.code, early.output).toBe(0);
    expect(await guestAnswer((await machine()).status.interfaces[0].ipAddress)).toBe("here");
    const answer = await type("uname -s; echo $((6*7))\n");
    expect(answer.code, answer.output).toBe(0);
    expect(answer.stdout).toContain("Linux");
    expect(answer.stdout).toContain("42");
  });

  test("has one user at a time, whose place may be taken over", async () => {
    const first = await sitAtConsole();
    const second = await type("echo second\n");
    expect(second.code).toBe(1);
    expect(second.output).toContain("somebody else is at the console");
    const third = await type("echo $((1000+1))\n", "--force");
    expect(third.stdout).toContain("1001");
    await first.ended;
    expect(first.said()).toContain("somebody else has taken its place");
    expect(first.child.exitCode).toBe(0);
  });

  test("leaves on its key, and leaves a terminal as it was", async () => {
    const first = await sitAtConsole();
    await first.leave();
    expect(first.child.exitCode).toBe(0);
    const session = `${virtctl} console web --namespace ${engine.namespace}; echo code=$?; stty -a`;
    const typed = "(sleep 3; printf 'echo $((7*11))\\r'; sleep 1; printf '\\035')";
    const inTerminal = await run("bash", ["-c", `${typed} | script -qec "${session}" /dev/null`], { env: engine.env });
    expect(inTerminal.output).toContain("Ctrl-] leaves");
    expect(inTerminal.output).toContain("77");
    expect(inTerminal.output).toContain("code=0");
    expect(inTerminal.output).toMatch(/ icanon/);
  });

  test("is free again when the engine is killed with somebody at it", async () => {
    const first = await sitAtConsole();
    process.kill((await engine.record()).pid, "SIGKILL");
    await first.ended;
    await engine.restart();
    expect(first.said()).toContain("the connection to the API server was cut");
    expect(first.child.exitCode).toBe(1);
    expect((await type("echo $((500+5))\n")).stdout).toContain("505");
  });
});

describe("virtctl vnc", () => {
  test("opens a port on loopback that speaks RFB", async () => {
    const child = spawn(virtctl, ["vnc", "web", "--proxy-only", ...inNamespace()], { env: engine.env });
    try {
      const [line] = await once(child.stdout, "data", { signal: AbortSignal.timeout(20_000) });
      const port = Number(/^vnc:\/\/127\.0\.0\.1:(\d+)\n$/.exec(String(line))?.[1]);
      const seen = await handshake(port);
      expect(seen).toMatchObject({ banner: "RFB 003.008\n", name: `QEMU (${engine.namespace}_web)` });
      expect(seen.width).toBeGreaterThan(0);
      // And once more, for another viewer.
      expect((await handshake(port)).banner).toBe("RFB 003.008\n");
    } finally {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
  });
});

/** The first words of a viewer without a password (RFC 6143, 7.1 to 7.3). */
async function handshake(port: number): Promise<{ banner: string; width: number; name: string }> {
  const socket = connect(port, "127.0.0.1");
  const read = async (length: number): Promise<Buffer> => {
    for (;;) {
      const bytes: Buffer | null = socket.read(length);
      if (bytes !== null) return bytes;
      if (socket.readableEnded || socket.destroyed) throw new Error("the screen's line has ended");
      await once(socket, "readable", { signal: AbortSignal.timeout(20_000) });
    }
  };
  const banner = (await read(12)).toString();
  socket.write(banner);
  const types = await read((await read(1)).readUInt8());
  expect([...types]).toContain(1);
  socket.write(Buffer.from([1]));
  expect((await read(4)).readUInt32BE()).toBe(0);
  socket.write(Buffer.from([1]));
  const init = await read(24);
  const name = (await read(init.readUInt32BE(20))).toString();
  socket.destroy();
  return { banner, width: init.readUInt16BE(0), name };
}

describe("virtctl pause", () => {
  test("holds a guest without ending it", async () => {
    const { status, metadata } = await machine();
    const before = Number((await type("cut -d. -f1 /proc/uptime\n")).stdout.match(/^(\d+)\r?$/m)?.[1]);
    const paused = await engine.virtctl("pause", "vm", "web", ...inNamespace());
    expect(paused.code, paused.output).toBe(0);
    expect((await domains(engine, "web"))[0]?.state).toBe("paused");
    expect(await answersAt(status.interfaces[0].ipAddress)).toBe(false);
    expect(await engine.kubectl("get", "ovm", "web", "--output", "jsonpath={.status.ready}")).toBe("false");

    const on = await engine.virtctl("unpause", "web", ...inNamespace());
    expect(on.code, on.output).toBe(0);
    expect(await guestAnswer(status.interfaces[0].ipAddress)).toBe("here");
    const after = Number((await type("cut -d. -f1 /proc/uptime\n")).stdout.match(/^(\d+)\r?$/m)?.[1]);
    expect(after).toBeGreaterThanOrEqual(before);
    expect((await machine()).metadata.uid).toBe(metadata.uid);
  });
});

function answersAt(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: 80, timeout: 1_500 });
    socket.on("data", () => resolve(true));
    for (const end of ["timeout", "error", "close"]) {
      socket.on(end, () => {
        socket.destroy();
        resolve(false);
      });
    }
  });
}

describe("virtctl logs", () => {
  test("gives what the guest has printed, which nobody else can read", async () => {
    const all = await engine.virtctl("logs", "web", ...inNamespace());
    expect(all.output).toMatch(/guest: boot .*guest: ready /s);
    const last = await engine.virtctl("logs", "web", "--tail", "2", ...inNamespace());
    expect(all.output.endsWith(last.output)).toBe(true);
    expect(last.output.split("\n").length).toBeLessThanOrEqual(2);
    const { uid } = (await machine()).metadata;
    const { mode } = await stat(join((await engine.record()).volumes, "logs", uid, "console.log"));
    expect(mode & 0o077).toBe(0);
  });

  test("follows a guest to its end, and restart makes another whose log is its own", async () => {
    const before = await machine();
    const following = run(virtctl, ["logs", "web", "--follow", ...inNamespace()], { env: engine.env });
    const restarted = await engine.virtctl("restart", "web", "--wait", "--timeout", "60", ...inNamespace());
    expect(restarted.code, restarted.output).toBe(0);
    expect(restarted.output).toContain("has been restarted");
    expect((await following).output).toContain("guest: ready");
    const after = await machine();
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    expect(after.status.interfaces).toEqual(before.status.interfaces);
    const { volumes } = await engine.record();
    await eventually("the old log is gone", async () => {
      const kept = await readdir(join(volumes, "logs"));
      return kept.length === 1 && kept[0] === after.metadata.uid ? kept : undefined;
    });
  });
});
