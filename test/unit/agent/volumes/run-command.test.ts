import { open } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { CommandError, isOutOfSpace, runCommand } from "../../../../provider/agent/volumes/run-command";

describe("runCommand", () => {
  it("runs a program with its arguments as they are, and passes its output on", async () => {
    let output = "";
    await runCommand("printf", ["%s|", "$(id)", "; ls", "*"], { onOutput: (text) => (output += text) });
    expect(output).toBe("$(id)|; ls|*|");
  });

  it("gives the program only the environment it needs", async () => {
    process.env.KUBEVIRT_TEST_SECRET = "hunter2";
    let output = "";
    try {
      await runCommand("env", [], { onOutput: (text) => (output += text) });
    } finally {
      delete process.env.KUBEVIRT_TEST_SECRET;
    }
    expect(output).toContain("LC_ALL=C");
    expect(output).not.toContain("hunter2");
  });

  it("hands over an open file as descriptor 3", async () => {
    const file = await open(__filename);
    let output = "";
    try {
      await runCommand("head", ["-c", "6", "/proc/self/fd/3"], {
        descriptor: file.fd,
        onOutput: (text) => (output += text),
      });
    } finally {
      await file.close();
    }
    expect(output).toBe("import");
  });

  it("throws the last line that a failed program wrote", async () => {
    const attempt = runCommand("ls", ["/nonexistent-kubevirt"]);
    await expect(attempt).rejects.toThrow(CommandError);
    await expect(attempt).rejects.toThrow(/^ls ended with status 2: .*No such file or directory$/);
  });

  it("ends a program that takes too long", async () => {
    await expect(runCommand("sleep", ["60"], { timeoutMs: 50 })).rejects.toThrow(/ended by SIGKILL \(limit 50 ms\)/);
  });

  it("names the package of a program that is not installed", async () => {
    const path = process.env.PATH;
    process.env.PATH = "/nonexistent";
    try {
      await expect(runCommand("qemu-img", [])).rejects.toThrow(
        "qemu-img is not installed; install the package qemu-utils",
      );
    } finally {
      process.env.PATH = path;
    }
  });
});

describe("isOutOfSpace", () => {
  it("knows a full disk from the system and from a program", () => {
    const full = new CommandError("x", { command: "qemu-img", stderr: "write: No space left on device\n" });
    expect(isOutOfSpace(full)).toBe(true);
    expect(isOutOfSpace(Object.assign(new Error("x"), { code: "ENOSPC" }))).toBe(true);
    expect(isOutOfSpace(Object.assign(new Error("x"), { code: "EDQUOT" }))).toBe(true);
    expect(isOutOfSpace(new Error("No space left on device"))).toBe(false);
  });
});
