/** The lifecycle suite over both forms of the provider, on a real cluster. */
import { lifecycleSuite } from "../e2e/lifecycle/suite.ts";
import { clusterPlace } from "./support/cluster-place.ts";

const { open, close } = clusterPlace("lifecycle");

lifecycleSuite(open, close);
