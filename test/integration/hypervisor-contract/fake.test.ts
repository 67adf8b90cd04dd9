import { FakeHypervisor } from "../../fakes/hypervisor";
import { describeHypervisorContract } from "./contract";

describeHypervisorContract("the fake", {
  connect: () => Promise.resolve(new FakeHypervisor()),
  network: "default",
});
