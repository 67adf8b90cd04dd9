import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeTraversalFault, findTraversalFault } from "../../../../provider/agent/volumes";

describe("findTraversalFault", () => {
  let top: string;
  beforeEach(async () => {
    top = await mkdtemp(join(tmpdir(), "kubevirt-reach-"));
    await chmod(top, 0o755);
    await mkdir(join(top, "home/state"), { recursive: true });
  });
  afterEach(() => rm(top, { recursive: true, force: true }));

  it("finds nothing in the way of folders that others may enter", async () => {
    await chmod(join(top, "home"), 0o711);
    expect(await findTraversalFault(join(top, "home/state"))).toBeUndefined();
  });

  it("names the first folder that others may not enter, and what helps", async () => {
    await chmod(join(top, "home"), 0o750);
    const root = join(top, "home/state");
    const fault = await findTraversalFault(root);
    expect(fault).toEqual({ folder: join(top, "home"), mode: 0o750 });
    expect(fault && describeTraversalFault(root, fault)).toBe(
      `QEMU cannot reach the images in ${root}: its user may not enter ${join(top, "home")} (mode 0750). Allow it with: chmod o+x ${join(top, "home")}, or keep the state elsewhere, for instance under /var/lib/kubevirt`,
    );
  });

  it("does not mind folders that are still to be made", async () => {
    expect(await findTraversalFault(join(top, "home/later/state"))).toBeUndefined();
  });
});
