/** The fields of nodes beside type and metadata. https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/ */
import type { Schema } from "./schema";
import { amounts, conditions, flag, listBy, openRecord, record, text, textList, time } from "./shorthand";

export const nodeFields: Readonly<Record<string, Schema>> = {
  spec: openRecord("What the node is to do.", {
    unschedulable: flag("Whether no new machine is put there."),
    taints: {
      type: "array",
      description: "What keeps machines away.",
      "x-kubernetes-list-type": "atomic",
      items: record("A taint.", {
        key: text("What it is about."),
        value: text("Its value."),
        effect: text("NoSchedule, PreferNoSchedule or NoExecute."),
        timeAdded: time("When it was put there."),
      }),
    },
    providerID: text("What the owner of the computer calls it."),
    podCIDR: text("Addresses of its pods."),
    podCIDRs: textList("Addresses of its pods, one range of each family."),
  }),
  status: openRecord("What the node is.", {
    capacity: amounts("All that it has."),
    allocatable: amounts("What machines may have of it."),
    conditions: conditions("How it is: Ready, and others.", {
      lastHeartbeatTime: time("When its agent said so last."),
    }),
    addresses: listBy(
      ["type"],
      "Where it is found.",
      record("An address.", { type: text("InternalIP, Hostname and others."), address: text("The address.") }),
    ),
    nodeInfo: openRecord("What it runs.", {
      machineID: text("Its machine id."),
      systemUUID: text("Its system's UUID."),
      bootID: text("Which of its starts it is in."),
      kernelVersion: text("Its kernel's version."),
      osImage: text("Its operating system."),
      containerRuntimeVersion: text("What runs its containers."),
      kubeletVersion: text("The version of its agent."),
      kubeProxyVersion: text("The version of its proxy."),
      operatingSystem: text("The kind of its operating system, such as linux."),
      architecture: text("The architecture of its processors, such as amd64."),
    }),
  }),
};
