import { expect, it } from "vitest";
import { firmwareUuid } from "../../../provider/controller/firmware-uuid";

it.each([
  ["testvm", "5a9fc181-957e-5c32-9e5a-2de5e9673531"],
  ["mongodb", "f91a7475-729c-56d3-b51d-bbc94b87289b"],
  ["a", "8d9794ca-8c84-5204-b98a-721424eaae6f"],
])("is KubeVirt's in the default namespace: %s", (name, uuid) => {
  expect(firmwareUuid("default", name)).toBe(uuid);
});

it("is another one in another namespace", () => {
  expect(firmwareUuid("test", "mongodb")).not.toBe(firmwareUuid("default", "mongodb"));
  expect(firmwareUuid("test", "mongodb")).toBe(firmwareUuid("test", "mongodb"));
});
