import { expect, it } from "vitest";
import { tellingParts, withoutTexts } from "../../../provider/lifecycle/user-data";

const userData = [
  "#cloud-config",
  "password: correct horse",
  'ssh_pwauth: "yes"',
  "chpasswd: { expire: false }",
  "runcmd:",
  " - echo root:hunter22xyz | chpasswd",
].join("\n");
const printed = "login: correct horse\nset root:hunter22xyz\n - echo root:hunter22xyz | chpasswd\nready yes\n";
const clean = "login: [secret]\nset root:[secret]\n [secret]\nready yes\n";

it.each([
  ["userData", { volumes: [{ name: "seed", cloudInitNoCloud: { userData } }] }],
  ["userDataBase64", { volumes: [{ cloudInitNoCloud: { userDataBase64: Buffer.from(userData).toString("base64") } }] }],
  ["a template's", { template: { spec: { volumes: [{}, { cloudInitNoCloud: { userData } }] } } }],
])("what a guest prints of its user data, %s, is not shown", (_where, spec) => {
  expect(withoutTexts(printed, tellingParts(spec))).toBe(clean);
});

it("without user data all is shown", () => {
  expect(tellingParts({ volumes: "unknown" })).toEqual([]);
  expect(withoutTexts(printed, tellingParts(undefined))).toBe(printed);
});
