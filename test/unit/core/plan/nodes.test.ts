import { describe, expect, it } from "vitest";
import { chooseNode, type NodeCandidate, whyNoNode } from "../../../../provider/core/plan/nodes";

const node = (name: string, changes: Partial<NodeCandidate> = {}): NodeCandidate => ({
  name,
  labels: {},
  ready: true,
  ...changes,
});

describe("chooseNode", () => {
  it("takes the first by name, whatever the order", () => {
    expect(chooseNode([node("b"), node("a"), node("c")], undefined)?.name).toBe("a");
  });

  it("passes over nodes that are not ready", () => {
    expect(chooseNode([node("a", { ready: false }), node("b")], undefined)?.name).toBe("b");
  });

  it("wants every label of the selector, with its value", () => {
    const nodes = [
      node("a", { labels: { disk: "ssd" } }),
      node("b", { labels: { disk: "ssd", zone: "1" } }),
      node("c", { labels: { disk: "ssd", zone: "2" } }),
    ];
    expect(chooseNode(nodes, { disk: "ssd", zone: "2" })?.name).toBe("c");
    expect(chooseNode(nodes, {})?.name).toBe("a");
    expect(chooseNode(nodes, { zone: "3" })).toBeUndefined();
  });
});

describe("whyNoNode", () => {
  it("says which of the reasons it is", () => {
    expect(whyNoNode([], undefined)).toBe("no node has registered yet");
    expect(whyNoNode([node("a", { ready: false }), node("b", { ready: false })], { x: "y" })).toBe(
      "no node is ready (nodes: a, b)",
    );
    expect(whyNoNode([node("a")], { zone: "3", disk: "ssd" })).toBe(
      "no ready node has the labels that spec.nodeSelector asks for (zone=3, disk=ssd)",
    );
  });
});
