/** Which nodes may run a machine. Only the node selector and readiness count here. */
export interface NodeCandidate {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ready: boolean;
}

/** The node that runs the machine: the first, by name, that is ready and has every label asked for. */
export function chooseNode(
  nodes: readonly NodeCandidate[],
  nodeSelector: Readonly<Record<string, string>> | undefined,
): NodeCandidate | undefined {
  const wanted = Object.entries(nodeSelector ?? {});
  return [...nodes]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .find((node) => node.ready && wanted.every(([key, value]) => node.labels[key] === value));
}

/** Why chooseNode found none, for a person. */
export function whyNoNode(
  nodes: readonly NodeCandidate[],
  nodeSelector: Readonly<Record<string, string>> | undefined,
): string {
  if (nodes.length === 0) return "no node has registered yet";
  const ready = nodes.filter((node) => node.ready);
  if (ready.length === 0) return `no node is ready (nodes: ${nodes.map((node) => node.name).join(", ")})`;
  const selector = Object.entries(nodeSelector ?? {}).map(([key, value]) => `${key}=${value}`);
  return `no ready node has the labels that spec.nodeSelector asks for (${selector.join(", ")})`;
}
