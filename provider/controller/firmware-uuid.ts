/**
 * The UUID that the firmware of an OfflineVirtualMachine's guest reports when its template names none. Guests bind
 * licences to it, so it must be the same at every start: it follows from the object's place alone, as UUID version 5
 * (RFC 9562). In namespace `default` it is the one that KubeVirt gives to a machine of the same name.
 */
import { createHash } from "node:crypto";

const machineNames = "6a1a24a1-4061-4607-8bf4-a3963d0c5895";

export function firmwareUuid(namespace: string, machineName: string): string {
  return uuidOfName(machineNames, namespace === "default" ? machineName : `${namespace}/${machineName}`);
}

function uuidOfName(space: string, name: string): string {
  const bytes = createHash("sha1")
    .update(Buffer.from(space.replaceAll("-", ""), "hex"))
    .update(name)
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
