import { CheckRequest, DiffRequest } from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { describe, expect, it } from "vitest";
import { unknownMarker } from "../../../provider/lifecycle/inputs";
import { checkConfiguration, diffConfiguration, settingsOf } from "../../../provider/plugin/configuration";
import { secret } from "../../builders/property-values";

type Given = Parameters<typeof Struct.fromJavaScript>[0];
const checked = (news: Given) => checkConfiguration(new CheckRequest().setNews(Struct.fromJavaScript(news)));
const reasons = (news: Given) =>
  checked(news)
    .getFailuresList()
    .map((failure) => failure.getReason());

describe("the provider's settings", () => {
  it("are the connection's, and what the engine adds", () => {
    expect(reasons({ kubeconfig: "a", context: "b", namespace: "c", version: "0.1.0" })).toEqual([]);
    expect(reasons({ kubeconfig: unknownMarker })).toEqual([]);
  });

  it("are refused with their name, value and what would be right", () => {
    expect(reasons({ kubeConfig: "x", context: { a: 1 } })).toEqual([
      'context: {"a":1}: must be text',
      'kubeConfig: "x": is no setting of the provider; it has kubeconfig, context, namespace, renderTo',
    ]);
    expect(reasons({ renderTo: "out" })).toEqual([]);
    expect(reasons({ token: secret("a long password") })[0]).not.toContain("password");
  });

  it("keep the kubeconfig secret, whoever gave it", () => {
    expect(checked({ kubeconfig: "text", namespace: "c" }).getInputs()?.toJavaScript()).toEqual({
      kubeconfig: secret("text"),
      namespace: "c",
    });
  });

  it("replace nothing when they change", () => {
    const request = new DiffRequest()
      .setOldInputs(Struct.fromJavaScript({ kubeconfig: secret("a"), namespace: "n" }))
      .setNews(Struct.fromJavaScript({ kubeconfig: secret("b"), context: "c", namespace: "n" }));
    const response = diffConfiguration(request);
    expect(response.getDiffsList()).toEqual(["kubeconfig", "context"]);
    expect(response.getReplacesList()).toEqual([]);
    expect(diffConfiguration(new DiffRequest()).getDiffsList()).toEqual([]);
  });

  it("count as not given when they are empty or not known yet", () => {
    const none = { kubeconfig: undefined, context: undefined, namespace: undefined };
    expect(settingsOf({ kubeconfig: "", context: unknownMarker })).toEqual(none);
    expect(settingsOf({ namespace: "team" })).toEqual({ ...none, namespace: "team" });
  });
});
