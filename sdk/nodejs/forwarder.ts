/**
 * The dynamic provider that a program carries into its state: each method only requires the installed package's
 * lifecycle, so the serialized form stays under 1 kB, is the same in every release, and captures no secret.
 */
import type { dynamic } from "@pulumi/pulumi";
import type * as Lifecycle from "../../provider/lifecycle";

type Module = typeof Lifecycle;

/** One provider object per kind, so that the engine serializes each once. */
function forwarder(kind: string): dynamic.ResourceProvider {
  return {
    configure: async (request) => (require("pulumi-kubevirt/lifecycle") as Module).configure(request.config),
    check: async (olds, news) => {
      const { inputs, failures } = await (require("pulumi-kubevirt/lifecycle") as Module).check(kind, olds, news);
      return { inputs, failures: [...failures] };
    },
    diff: async (id, olds, news) => (require("pulumi-kubevirt/lifecycle") as Module).diff(kind, id, olds, news),
    create: async (inputs) => (require("pulumi-kubevirt/lifecycle") as Module).create(kind, inputs),
    read: async (id, props) => (require("pulumi-kubevirt/lifecycle") as Module).read(kind, id, props),
    update: async (id, olds, news) => (require("pulumi-kubevirt/lifecycle") as Module).update(kind, id, olds, news),
    delete: async (id, props) => (require("pulumi-kubevirt/lifecycle") as Module).delete(kind, id, props),
  };
}

export const virtualMachineForwarder = forwarder("VirtualMachine");
export const virtualMachinePresetForwarder = forwarder("VirtualMachinePreset");
