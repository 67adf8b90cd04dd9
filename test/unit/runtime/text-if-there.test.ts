import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { textIfThere } from "../../../provider/runtime/text-if-there";

it("is a file's text, nothing where there is no file or no process any more, and an error for what is no file", async () => {
  expect(await textIfThere("/proc/self/cmdline")).toContain("node");
  const { pid } = spawnSync("true");
  expect(await textIfThere(`/proc/${pid}/cmdline`)).toBeUndefined();
  await expect(textIfThere("/proc")).rejects.toMatchObject({ code: "EISDIR" });
});
