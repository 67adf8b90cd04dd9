import { describe, expect, test } from "vitest";
import { MachineNames } from "../../../provider/controller/machine-names";

const owner = { metadata: { namespace: "default", name: "web", uid: "1" } };
let next = 0;
const counting = (size: number) => {
  next += 1;
  return new Uint8Array(size).fill(next);
};

describe("names of machines", () => {
  test("begin as asked, and no two are alike", () => {
    const names = new MachineNames(counting);
    const [one, two] = [names.take(owner, "replica"), names.take(owner, "replica")];
    expect(one).toMatch(/^replica[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(two).not.toBe(one);
  });

  test("that may be taken by a machine of one's own come first, once each", () => {
    const names = new MachineNames(counting);
    const [one, two] = [names.take(owner, "web"), names.take(owner, "web")];
    names.giveBack(owner, one);
    names.giveBack(owner, two);
    expect([names.take(owner, "web"), names.take(owner, "web")]).toEqual([one, two]);
    expect([one, two]).not.toContain(names.take(owner, "web"));
  });

  test("are not handed on to another owner of the same name, nor kept when the owner is gone", () => {
    const names = new MachineNames(counting);
    const name = names.take(owner, "web");
    names.giveBack(owner, name);
    expect(names.take({ metadata: { ...owner.metadata, uid: "2" } }, "web")).not.toBe(name);
    names.giveBack(owner, name);
    names.forget("default/web");
    expect(names.take(owner, "web")).not.toBe(name);
  });
});
