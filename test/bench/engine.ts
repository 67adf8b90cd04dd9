/** The engine's start and its idle memory, against Node.js doing nothing. */
import { execFile, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { LocalEngine } from "../e2e/support/local-engine.ts";
import { residentMiB } from "./memory.ts";
import type { Measurement } from "./report.ts";

export async function measureEngine(engine: LocalEngine, pairs: number): Promise<readonly Measurement[]> {
  const starts: number[] = [];
  const nodeStarts: number[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    await engine.virtctl("local", "stop");
    const started = performance.now();
    await engine.restart();
    starts.push(performance.now() - started);
    nodeStarts.push(await startNode());
  }
  const memory: number[] = [];
  const nodeMemory: number[] = [];
  for (let sample = 0; sample < 3; sample += 1) {
    await sleep(5_000);
    memory.push(await residentMiB((await engine.record()).pid));
    nodeMemory.push(await idleNodeMiB());
  }
  return [
    { what: "virtctl local start → ready", unit: "ms", ours: starts, peer: "node --eval 0, twice", peers: nodeStarts },
    { what: "memory of virt-local, idle", unit: "MiB", ours: memory, peer: "node, idle", peers: nodeMemory },
  ];
}

/** Two starts in a row: `virtctl local start` is two Node.js processes as well. */
async function startNode(): Promise<number> {
  const started = performance.now();
  for (let process_ = 0; process_ < 2; process_ += 1) {
    await new Promise<void>((resolve, reject) => {
      execFile(process.execPath, ["--eval", "0"], (error) => (error === null ? resolve() : reject(error)));
    });
  }
  return performance.now() - started;
}

async function idleNodeMiB(): Promise<number> {
  const child = spawn(process.execPath, ["--eval", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  try {
    await sleep(1_000);
    return await residentMiB(child.pid ?? 0);
  } finally {
    child.kill();
  }
}
