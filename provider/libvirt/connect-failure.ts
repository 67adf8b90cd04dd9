/** Turns the reason why libvirt's socket could not be reached into one line: what is wrong and what to do about it. */
import { HypervisorUnavailableError } from "./hypervisor";

function remedyOf(code: string | undefined): string {
  switch (code) {
    case "ENOENT":
      return "there is no such socket: libvirt is not installed or not running. Install it (Debian: apt-get install libvirt-daemon-system qemu-system-x86) and start it (systemctl start libvirtd, or libvirtd -d without systemd)";
    case "EACCES":
    case "EPERM":
      return "permission denied: add this user to the group libvirt (sudo usermod -aG libvirt $USER) and log in again, or run as root";
    case "ECONNREFUSED":
      return "connection refused: the socket is there but libvirtd is not running. Start it (systemctl start libvirtd, or libvirtd -d without systemd)";
    case "ENOTSOCK":
      return "that path is not a socket: give the path of libvirt's own, usually /var/run/libvirt/libvirt-sock";
    default:
      return "the connection failed";
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

export function connectFailure(socketPath: string, error: unknown): HypervisorUnavailableError {
  const code = codeOf(error);
  const known = code !== undefined && ["ENOENT", "EACCES", "EPERM", "ECONNREFUSED", "ENOTSOCK"].includes(code);
  const detail = known || !(error instanceof Error) ? "" : ` (${error.message})`;
  return new HypervisorUnavailableError(`cannot reach libvirt at ${socketPath}: ${remedyOf(code)}${detail}`, {
    cause: error,
  });
}
