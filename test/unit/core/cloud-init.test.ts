import { describe, expect, it } from "vitest";
import { cloudInitDocuments, userDataOf } from "../../../provider/core/cloud-init";

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");

describe("a NoCloud data source", () => {
  it("names the instance by machine and namespace", () => {
    const { metaData } = cloudInitDocuments({ namespace: "team-a", name: "web" }, new Uint8Array());
    expect(JSON.parse(metaData)).toEqual({ "instance-id": "web.team-a", "local-hostname": "web" });
  });

  it("cannot be broken by a name that nobody validated", () => {
    const name = 'x"\n}: {#';
    const { metaData } = cloudInitDocuments({ namespace: "n", name }, new Uint8Array());
    expect(JSON.parse(metaData)["local-hostname"]).toBe(name);
    expect(metaData.split("\n")).toHaveLength(2);
  });

  it("carries user data byte for byte", () => {
    const inline = userDataOf({ name: "v", cloudInitNoCloud: { userData: "#cloud-config\r\n# é😀 \n" } });
    expect(inline?.kind === "inline" && text(inline.userData)).toBe("#cloud-config\r\n# é😀 \n");
    const encoded = userDataOf({ name: "v", cloudInitNoCloud: { userDataBase64: "AP8KDQ==" } });
    expect(encoded?.kind === "inline" && [...encoded.userData]).toEqual([0, 255, 10, 13]);
    const bytes = new Uint8Array([0, 255]);
    expect(cloudInitDocuments({ namespace: "n", name: "x" }, bytes).userData).toEqual(bytes);
  });

  it("may be in a secret", () => {
    expect(userDataOf({ name: "v", cloudInitNoCloud: { secretRef: { name: "s" } } })).toEqual({
      kind: "secret",
      secretName: "s",
    });
  });

  it("is none without readable user data", () => {
    expect(userDataOf({ name: "v", emptyDisk: { capacity: "1Gi" } })).toBeUndefined();
    expect(userDataOf({ name: "v", cloudInitNoCloud: {} })).toBeUndefined();
    expect(userDataOf({ name: "v", cloudInitNoCloud: { userDataBase64: "!" } })).toBeUndefined();
  });
});
