import { connectLibvirt } from "../../../provider/libvirt/libvirt-hypervisor";
import { describeHypervisorContract } from "./contract";

describeHypervisorContract("libvirt over its RPC socket", {
  connect: () => connectLibvirt(),
  network: "default",
});
