/**
 * virtctl's ways to a guest on a real cluster: through its launcher pod, by Kubernetes' own exec and logs, for whoever
 * Kubernetes lets through, and again after the node's agent has been replaced.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Finished, run } from "../e2e/support/command.ts";
import { projectRoot } from "../e2e/support/local-engine.ts";
import { eventually, guestAnswer } from "../e2e/support/wait.ts";
import { install, kubectl, Namespace, rolledOut, uninstall } from "./support/cluster.ts";
import { addressOf, inPhase, launcherOf, machine, machineOf, running } from "./support/machines.ts";

const virtctl = join(projectRoot, "dist/bin/virtctl");
let space: Namespace;

beforeAll(async () => {
  await uninstall();
  await install();
  space = await Namespace.create("guest-access");
  await space.apply(await machine("web"));
  const address = addressOf(await running(space, "web"));
  expect(await guestAnswer(address)).toBe(`guest ${address}`);
});

afterAll(async () => {
  await space?.remove();
  await uninstall();
});

const flags = () => ["--namespace", space.name];
/** Types at the console, with nobody's hands on it. */
const type = (input: string, ...more: string[]): Promise<Finished> =>
  run(virtctl, ["console", "web", ...flags(), ...more], { input });

/** Somebody who sits at the console and says nothing. */
async function sitAtConsole() {
  const child = spawn(virtctl, ["console", "web", ...flags()], { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  const ended = once(child, "exit");
  child.stdin.write("echo sitting-$((40+2))\r");
  await eventually("the shell answers", async () => (said.includes("sitting-42") ? true : undefined), 20);
  return { child, said: () => said, ended };
}

async function launcher(): Promise<string> {
  const vm = await machineOf(space, "web");
  const pod = vm === undefined ? undefined : await launcherOf(space, vm);
  if (pod === undefined) throw new Error("web has no launcher pod");
  return pod.metadata.name;
}

describe("virtctl console", () => {
  test("brings what is typed to the guest's shell and the answer back", async () => {
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
    expect(third.stdout, third.output).toContain("1001");
    await first.ended;
    expect(first.said()).toContain("somebody else has taken its place");
    expect(first.child.exitCode).toBe(0);
  });

  test("is free again when whoever was at it is cut off", async () => {
    const first = await sitAtConsole();
    first.child.kill("SIGKILL");
    await first.ended;
    await eventually("the console is free", async () => {
      const { stdout } = await type("echo $((500+5))\n");
      return stdout.includes("505") ? true : undefined;
    });
  });
});

describe("virtctl vnc", () => {
  test("opens a port on loopback that speaks RFB, to one viewer after another", async () => {
    const child = spawn(virtctl, ["vnc", "web", "--proxy-only", ...flags()]);
    try {
      const [line] = await once(child.stdout, "data", { signal: AbortSignal.timeout(20_000) });
      const port = Number(/^vnc:\/\/127\.0\.0\.1:(\d+)\n$/.exec(String(line))?.[1]);
      expect(await banner(port)).toBe("RFB 003.008\n");
      expect(await banner(port)).toBe("RFB 003.008\n");
    } finally {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
  });
});

async function banner(port: number): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const [words] = await once(socket, "data", { signal: AbortSignal.timeout(20_000) });
  socket.destroy();
  return String(words);
}

const count = (text: string, words: string) => text.split(words).length - 1;

describe("what a guest prints", () => {
  test("is its pod's log, and virtctl's", async () => {
    const log = await eventually("the pod's log", async () => {
      const text = await space.kubectl("logs", await launcher());
      return text.includes("guest: ready") ? text : undefined;
    });
    expect(count(log, "guest: boot")).toBe(1);
    const all = await run(virtctl, ["logs", "web", ...flags()]);
    expect(all.stdout.trimEnd()).toBe((await space.kubectl("logs", await launcher())).trimEnd());
    const last = await run(virtctl, ["logs", "web", "--tail", "2", ...flags()]);
    expect(last.stdout.trimEnd().split("\n").length).toBeLessThanOrEqual(2);
    expect(all.stdout.endsWith(last.stdout)).toBe(true);
  });
});

describe("another agent", () => {
  test("opens the ways to a running guest again, and repeats nothing of what it has printed", async () => {
    const following = spawn(virtctl, ["logs", "web", "--follow", ...flags()]);
    let followed = "";
    following.stdout.on("data", (chunk: Buffer) => {
      followed += chunk.toString();
    });
    try {
      await type("echo before-$((20+3))\n");
      await kubectl("--namespace=kubevirt", "delete", "pods", "--selector=app.kubernetes.io/component=virt-agent");
      await rolledOut();
      await eventually("the console can be reached", async () => {
        const answer = await type("echo after-$((30+4))\n");
        return answer.stdout.includes("after-34") ? true : undefined;
      });
      await eventually("the log has it too", async () => (followed.includes("after-34") ? true : undefined));
      expect(count(followed, "before-23")).toBe(1);
      expect(count(followed, "guest: boot")).toBe(1);
    } finally {
      following.kill();
      await once(following, "exit");
    }
  });
});

describe("who may not", () => {
  test("is told which right it takes", async () => {
    const kubeconfig = await viewer();
    const console = await run(virtctl, ["console", "web", ...flags()], { env: { ...process.env, ...kubeconfig } });
    expect(console.code).toBe(1);
    expect(console.output).toMatch(/the right to create pods\/exec in namespace guest-access, which .* "edit" gives/);
    const logs = await run(virtctl, ["logs", "web", "--tail", "1", ...flags()], {
      env: { ...process.env, ...kubeconfig },
    });
    expect(logs.code, logs.output).toBe(0);
  });

  /** Somebody who may look at everything of the namespace, and do nothing. */
  async function viewer(): Promise<{ KUBECONFIG: string }> {
    await space.kubectl("create", "serviceaccount", "viewer");
    await space.kubectl(
      "create",
      "rolebinding",
      "viewer",
      "--clusterrole=view",
      `--serviceaccount=${space.name}:viewer`,
    );
    const token = await space.kubectl("create", "token", "viewer");
    const file = join(mkdtempSync(join(tmpdir(), "viewer-")), "kubeconfig");
    const config = JSON.parse(await kubectl("config", "view", "--raw", "--flatten", "--minify", "--output=json"));
    config.users[0].user = { token };
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    return { KUBECONFIG: file };
  }
});

describe("a guest that has ended", () => {
  test("has been heard to its end", async () => {
    await type("echo last-words-$((50+6)); poweroff -f\n");
    await inPhase(space, "web", "Succeeded");
    const log = await eventually("the end of the log", async () => {
      const { stdout } = await run(virtctl, ["logs", "web", ...flags()]);
      return stdout.includes("last-words-56") ? stdout : undefined;
    });
    expect(count(log, "last-words-56")).toBe(1);
    const console = await type("", "--timeout", "5");
    expect(console.output).toContain("it has ended (Succeeded)");
  });
});
