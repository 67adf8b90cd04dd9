import { describe, expect, it } from "vitest";
import { negotiate } from "../../../provider/apiserver/negotiate";

const table = { kind: "Table", group: "meta.k8s.io", version: "v1" };

describe("negotiation", () => {
  it.each([
    [undefined, { format: "json" }],
    ["*/*", { format: "json" }],
    ["application/json;as=Table;v=v1;g=meta.k8s.io,application/json", { format: "json", as: table }],
    ["application/json;as=Table;v=v1beta1;g=meta.k8s.io", { format: "json", as: { ...table, version: "v1beta1" } }],
    ["application/json;as=Table;v=v2;g=meta.k8s.io,application/json", { format: "json" }],
    ["application/vnd.kubernetes.protobuf, application/json", { format: "json" }],
    ["application/yaml", { format: "yaml" }],
    ["application/json; charset=utf-8", { format: "json" }],
  ])("%s", (header, accepted) => {
    expect(negotiate(header)).toEqual(accepted);
  });

  it.each(["application/vnd.kubernetes.protobuf", "image/png", "application/json;as=Nonsense;v=v1;g=x"])(
    "refuses %s with 406",
    (header) => {
      expect(() => negotiate(header)).toThrow(expect.objectContaining({ code: 406 }) as Error);
    },
  );
});
