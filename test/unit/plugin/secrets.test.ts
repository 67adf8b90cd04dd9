import { describe, expect, it } from "vitest";
import { userDataPaths } from "../../../provider/core/user-data";
import { Secrets } from "../../../provider/plugin/secrets";

const secretsOf = (...found: [path: (string | number)[], value: unknown][]) => {
  const secrets = new Secrets();
  for (const [path, value] of found) secrets.add(path, value);
  return secrets;
};

describe("secrets", () => {
  it("are found where they were, also with another value, and nowhere when they are gone", () => {
    const secrets = secretsOf([["spec", "token"], "one value"], [["spec", "gone"], "another"]);
    expect(secrets.pathsIn({ spec: { token: "changed since" } })).toEqual([["spec", "token"]]);
  });

  it("are found where a list was put in another order", () => {
    const secrets = secretsOf([["spec", "volumes", 0, "key"], "a long password"]);
    const paths = secrets.pathsIn({ spec: { volumes: [{ name: "first" }, { key: "a long password" }] } });
    expect(paths).toEqual([["spec", "volumes", 1, "key"]]);
  });

  it("include the user data of machines and templates, known or not by the program to be secret", () => {
    const volumes = [{ name: "root" }, { cloudInitNoCloud: { userData: "x", userDataBase64: "eA==", secretRef: {} } }];
    expect(userDataPaths({ spec: { volumes } })).toEqual([
      ["spec", "volumes", 1, "cloudInitNoCloud", "userData"],
      ["spec", "volumes", 1, "cloudInitNoCloud", "userDataBase64"],
    ]);
    expect(userDataPaths({ spec: { template: { spec: { volumes } } } })).toHaveLength(2);
    expect(userDataPaths({ spec: "unknown" })).toEqual([]);
  });

  it.each([
    ["whole", 'spec.x: "correct horse battery": is too long', 'spec.x: "[secret]": is too long'],
    ["in JSON", 'spec: {"x":"correct horse battery"}: no', 'spec: {"x":"[secret]"}: no'],
    ["cut off", 'spec.x: "correct hor…: is too long', 'spec.x: "[secret]…: is too long'],
    ["twice", "correct horse battery and correct horse battery", "[secret] and [secret]"],
    ["not at all", "spec.y: must be given", "spec.y: must be given"],
  ])("are taken out of messages that have them %s", (_how, message, clean) => {
    expect(secretsOf([["spec", "x"], { deep: ["correct horse battery"] }]).redact(message)).toBe(clean);
  });

  it("are taken out where JSON escapes them", () => {
    const password = 'two\nlines "quoted"';
    const message = `spec.x: ${JSON.stringify(password)}: no`;
    expect(secretsOf([["spec", "x"], password]).redact(message)).toBe('spec.x: "[secret]": no');
  });

  it("that are short words stay words where they are not quoted", () => {
    expect(secretsOf([["x"], "is"]).redact('x: "is": is no name')).toBe('x: "[secret]": is no name');
  });
});
