/**
 * The way to a guest on a Kubernetes cluster: a program in the machine's launcher pod, by pods/exec, which joins the
 * sockets of the node's agent; and the pod's log, which is what the guest has printed. Kubernetes decides who may do so.
 */
import type { Duplex, Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import { type DoorName, doorCommand, readGreeting } from "../../core/guest-door";
import { launcherContainer } from "../../core/plan/launcher-pod";
import { virtualMachines } from "../../core/resources";
import type { KubeClient } from "../../kube/client";
import { ApiError } from "../../kube/errors";
import { ExecError, openExec } from "../../kube/exec";
import { type LauncherPod, launcherLogOf, launcherOf, openText } from "../../lifecycle/guest-log";
import { type GuestLine, type GuestWays, type LogQuery, logCall, logQuery, openTimeoutMs } from "./guest-ways";
import type { MachineAddress } from "./machine-target";
import { describeMachine } from "./owned-machine";

export class PodWays implements GuestWays {
  readonly #client: KubeClient;

  constructor(client: KubeClient) {
    this.#client = client;
  }

  openConsole(machine: MachineAddress, mode: "ifFree" | "takeOver"): Promise<GuestLine> {
    return this.#enter(machine, mode === "takeOver" ? "console-force" : "console");
  }

  openScreen(machine: MachineAddress): Promise<GuestLine> {
    return this.#enter(machine, "screen");
  }

  async openLog(machine: MachineAddress, log: LogQuery): Promise<Readable> {
    const pod = await this.#launcherOf(machine);
    const { path, query } = launcherLogOf(pod);
    try {
      return await openText(this.#client, { path, query: { ...query, ...logQuery(log) }, ...logCall(log) });
    } catch (error) {
      throw inPlainWords(error, machine, { verb: "get", resource: "pods/log", role: "view" });
    }
  }

  async #enter(machine: MachineAddress, door: DoorName): Promise<GuestLine> {
    const pod = await this.#launcherOf(machine);
    const { namespace, name } = addressOf(pod);
    try {
      const stream = await openExec(this.#client.connection, {
        namespace,
        pod: name,
        container: launcherContainer,
        command: doorCommand(door),
        timeoutMs: openTimeoutMs,
      });
      await greeted(stream);
      return { stream, reason: () => "" };
    } catch (error) {
      if (error instanceof ExecError) throw new Error(whyNoDoor(error, machine, pod), { cause: error });
      throw inPlainWords(error, machine, { verb: "create", resource: "pods/exec", role: "edit" });
    }
  }

  async #launcherOf(machine: MachineAddress): Promise<LauncherPod> {
    const { metadata } = await this.#client.get<VirtualMachine>(virtualMachines, machine);
    try {
      const pod = await launcherOf(this.#client, metadata);
      if (pod !== undefined) return pod;
    } catch (error) {
      throw inPlainWords(error, machine, { verb: "list", resource: "pods", role: "view" });
    }
    throw new Error(
      `${describeMachine(machine)} has no launcher pod; kubectl describe vm ${machine.name} --namespace ${machine.namespace} tells why`,
    );
  }
}

const addressOf = ({ metadata }: LauncherPod) => ({ namespace: metadata.namespace ?? "", name: metadata.name ?? "" });

/** Resolves when the agent has let the line through. Throws with its words when it has not. */
async function greeted(stream: Duplex): Promise<void> {
  const patience = new AbortController();
  try {
    await Promise.race([
      greeting(stream),
      sleep(openTimeoutMs, undefined, { signal: patience.signal }).then(() => {
        throw new Error(`the node's agent has not answered within ${openTimeoutMs / 1000} s`);
      }),
    ]);
  } catch (error) {
    stream.destroy();
    throw error;
  } finally {
    patience.abort();
  }
}

/** Leaves what follows an open greeting in the stream, which nobody has made flow yet. */
function greeting(stream: Duplex): Promise<void> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    let isOver = false;
    const look = (ended: boolean): void => {
      const answer = readGreeting(bytes, { ended });
      if (answer === undefined) return;
      isOver = true;
      stream.off("readable", take).off("end", end).off("error", reject);
      if (answer.kind === "open") resolve();
      else if (answer.kind === "refused") reject(new Error(answer.reason));
      else reject(new Error("the node's agent has closed the line at once; try again"));
    };
    const take = (): void => {
      while (!isOver) {
        // The first byte alone: what comes after it may be the guest's.
        const chunk: Buffer | null = bytes.length === 0 ? stream.read(1) : stream.read();
        if (chunk === null) return;
        bytes = Buffer.concat([bytes, chunk]);
        look(false);
      }
    };
    const end = () => look(true);
    stream.on("readable", take).once("end", end).once("error", reject);
  });
}

/** What the launcher's program has said, or the kubelet of it. */
function whyNoDoor({ message, said }: ExecError, machine: MachineAddress, pod: LauncherPod): string {
  const subject = describeMachine(machine);
  if (/executable file not found|no such file or directory/i.test(`${message} ${said}`)) {
    return `${subject} was started by a release that has no way to its guest's console; there is one when it is made again`;
  }
  if (/connection refused/i.test(said)) {
    return `the agent of node ${pod.spec?.nodeName} does not answer; it may be about to start, else see: kubectl --namespace kubevirt get pods --output wide`;
  }
  return `${subject} cannot be reached through its launcher pod ${pod.metadata.name}: ${said || message}`;
}

function inPlainWords(
  error: unknown,
  { namespace }: MachineAddress,
  need: { readonly verb: string; readonly resource: string; readonly role: string },
): unknown {
  if (!(error instanceof ApiError) || error.code !== 403) return error;
  const { verb, resource, role } = need;
  return new Error(
    `this takes the right to ${verb} ${resource} in namespace ${namespace}, which Kubernetes' role "${role}" gives: ${error.message}`,
    { cause: error },
  );
}
