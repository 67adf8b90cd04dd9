/** The Lease by which the agent of a node gives its signs of life: how it is called in the agents' namespace. Pure. */
export const agentLeasePrefix = "virt-agent-";

export const agentLeaseName = (node: string): string => `${agentLeasePrefix}${node}`;
