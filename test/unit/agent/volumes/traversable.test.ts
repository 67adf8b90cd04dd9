import { chmod, mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  describeTraversalFault,
  findTraversalFault,
  parseQemuUser,
  type TraversalSources,
} from "../../../../provider/agent/volumes/traversable";

const user = { name: "libvirt-qemu", uid: 64_055, gid: 107 };
const withoutAcl: TraversalSources = { user, readAcl: () => Promise.resolve(undefined) };
const withAcl = (...entries: string[]): TraversalSources => ({
  user,
  readAcl: () => Promise.resolve(`user::rwx\n${entries.join("\n")}\ngroup::r-x\nother::---\n\n`),
});

describe("findTraversalFault", () => {
  let top: string;
  let home: string;
  beforeEach(async () => {
    top = await mkdtemp(join(tmpdir(), "kubevirt-reach-"));
    home = join(top, "home");
    await chmod(top, 0o755);
    await mkdir(join(home, "state"), { recursive: true });
  });
  afterEach(() => rm(top, { recursive: true, force: true }));

  it("finds nothing in the way of folders that others may enter", async () => {
    await chmod(home, 0o711);
    expect(await findTraversalFault(join(home, "state"), withoutAcl)).toBeUndefined();
  });

  it("names the first folder that QEMU's user may not enter, and what helps", async () => {
    await chmod(home, 0o750);
    const root = join(home, "state");
    const fault = await findTraversalFault(root, withoutAcl);
    expect(fault).toEqual({ folder: home, mode: 0o750, user: "libvirt-qemu" });
    expect(fault && describeTraversalFault(root, fault)).toBe(
      `QEMU cannot reach the images in ${root}: its user libvirt-qemu may not enter ${home} (mode 0750). Allow it with: chmod o+x ${home} (or, for that user alone: setfacl -m u:libvirt-qemu:x ${home}), or keep the images elsewhere, for instance under /var/lib`,
    );
  });

  it("looks at others' rights where QEMU's user is not known", async () => {
    await chmod(home, 0o710);
    const fault = await findTraversalFault(home, { ...withoutAcl, user: undefined });
    expect(fault).toEqual({ folder: home, mode: 0o710, user: undefined });
    expect(fault && describeTraversalFault(home, fault)).not.toContain("setfacl");
  });

  it("lets the folder's owner and group in as the kernel does, the first that fits", async () => {
    const { uid, gid } = await stat(home);
    await chmod(home, 0o710);
    const inGroup = { ...withoutAcl, user: { ...user, gid } };
    expect(await findTraversalFault(home, inGroup)).toBeUndefined();
    await chmod(home, 0o611);
    expect(await findTraversalFault(home, { ...inGroup, user: { ...user, uid, gid } })).toMatchObject({ folder: home });
  });

  it("believes an access control list that lets QEMU's user in, and only that", async () => {
    await chmod(home, 0o750);
    const at = (...entries: string[]) => findTraversalFault(home, withAcl(...entries));
    expect(await at("user:64055:--x", "mask::r-x")).toBeUndefined();
    expect(await at("user:64055:--x", "mask::r--")).toMatchObject({ folder: home });
    expect(await at("user:64055:r--", "mask::r-x")).toMatchObject({ folder: home });
    expect(await at("user:1000:--x", "mask::r-x")).toMatchObject({ folder: home });
  });

  it("does not mind folders that are still to be made", async () => {
    expect(await findTraversalFault(join(home, "later/state"), withoutAcl)).toBeUndefined();
  });

  it("knows this node by itself", async () => {
    expect(await findTraversalFault("/")).toBeUndefined();
  });
});

describe("parseQemuUser", () => {
  it("finds the user that the packages make", () => {
    const passwd =
      "root:x:0:0:root:/root:/bin/bash\nlibvirt-qemu:x:64055:107:Libvirt Qemu,,,:/var/lib/libvirt:/usr/sbin/nologin\n";
    expect(parseQemuUser(passwd)).toEqual(user);
    expect(parseQemuUser("qemu:x:107:107::/:/sbin/nologin")).toEqual({ name: "qemu", uid: 107, gid: 107 });
    expect(parseQemuUser("root:x:0:0::/root:/bin/sh\n")).toBeUndefined();
  });
});
