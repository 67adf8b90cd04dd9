/**
 * A libvirtd of the test's own, to be killed: in its own mount and network namespaces, with its own folders, its own
 * bridge and its own socket, beside whatever libvirt the machine has. Needs root.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectLibvirt } from "../../../provider/libvirt/libvirt-hypervisor";
import { run, succeed } from "../../e2e/support/command";
import { eventually } from "../../e2e/support/wait";

/** What libvirt has outside the folder of its socket, and where the machine's own is taken from. */
const kept = ["/etc/libvirt", "/var/cache/libvirt", "/var/lib/libvirt/dnsmasq", "/var/lib/libvirt/qemu"];

const network = `<network>
  <name>default</name>
  <forward mode='nat'/>
  <bridge name='virbr0'/>
  <ip address='192.168.122.1' netmask='255.255.255.0'><dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp></ip>
</network>`;

export class PrivateLibvirt {
  readonly socket: string;
  readonly #folder: string;
  readonly #holder: ChildProcess;
  #daemon: ChildProcess | undefined;

  /** `folder` is there and empty; QEMU's user must be able to pass through what is above it. */
  static async start(folder: string): Promise<PrivateLibvirt> {
    const mounts = kept.map((path, index) => `mount --bind ${join(folder, String(index))} ${path}`);
    for (const [index, path] of kept.entries()) {
      await mkdir(join(folder, String(index)));
      // What libvirt knows of QEMU is taken along: finding it out takes seconds. Machines and networks are not.
      if (index < 2) await cp(path, join(folder, String(index)), { recursive: true });
    }
    await succeed("rm", ["-rf", join(folder, "0/qemu")]);
    await writeFile(join(folder, "0/libvirtd.conf"), `unix_sock_dir = "${folder}"\nauth_unix_rw = "none"\n`);
    // QEMU writes into its logs itself, so that no second daemon takes part.
    await writeFile(join(folder, "0/qemu.conf"), `stdio_handler = "file"\n`);
    const script = ["mount --make-rprivate /", "mount -t tmpfs tmpfs /run", ...mounts, "ip link set lo up"];
    const holder = spawn(
      "unshare",
      ["--mount", "--net", "--", "sh", "-ec", [...script, "echo ready", "exec sleep infinity"].join("\n")],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    await once(holder.stdout, "data");
    const libvirt = new PrivateLibvirt(folder, holder);
    await libvirt.startDaemon();
    await writeFile(join(folder, "default.xml"), network);
    await libvirt.virsh("net-define", join(folder, "default.xml"));
    await libvirt.virsh("net-start", "default");
    await libvirt.virsh("net-autostart", "default");
    return libvirt;
  }

  private constructor(folder: string, holder: ChildProcess) {
    this.#folder = folder;
    this.#holder = holder;
    this.socket = join(folder, "libvirt-sock");
  }

  async startDaemon(): Promise<void> {
    this.#daemon = spawn(
      "nsenter",
      ["--target", String(this.#holder.pid), "--mount", "--net", "--", "libvirtd", "--pid-file", this.#pidFile],
      { stdio: "ignore" },
    );
    const answers = async () => {
      const { code } = await run("virsh", ["--quiet", "--connect", this.#uri, "version"]);
      return code === 0 ? true : undefined;
    };
    await eventually("libvirtd answers", answers);
  }

  /** Guests go on. */
  async killDaemon(): Promise<void> {
    const ended = this.#daemon === undefined ? undefined : once(this.#daemon, "exit");
    this.signalDaemon("SIGKILL");
    await ended;
  }

  signalDaemon(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    if (this.#daemon?.pid !== undefined) process.kill(this.#daemon.pid, signal);
  }

  virsh(...args: string[]): Promise<string> {
    return succeed("virsh", ["--quiet", "--connect", this.#uri, ...args]);
  }

  /** The process of a domain that runs. */
  async qemuOf(domain: string): Promise<number> {
    const pid = await succeed("nsenter", [
      ...["--target", String(this.#holder.pid), "--mount", "--"],
      ...["cat", `/run/libvirt/qemu/${domain}.pid`],
    ]);
    return Number(pid);
  }

  /** Domains, reservations: what engines have left here. */
  async leftovers(): Promise<readonly string[]> {
    const hypervisor = await connectLibvirt({ socketPath: this.socket });
    try {
      const domains = await hypervisor.listDomains();
      const hosts = (await hypervisor.describeNetwork("default"))?.hosts ?? [];
      return [...domains.map(({ name }) => `domain ${name}`), ...hosts.map(({ ip }) => `address ${ip}`)];
    } finally {
      await hypervisor.close();
    }
  }

  async stop(): Promise<void> {
    await this.virsh("net-destroy", "default");
    await this.killDaemon();
    const ended = once(this.#holder, "exit");
    this.#holder.kill("SIGKILL");
    await ended;
  }

  get #uri(): string {
    return `qemu:///system?socket=${this.socket}`;
  }

  get #pidFile(): string {
    return join(this.#folder, "libvirtd.pid");
  }
}
