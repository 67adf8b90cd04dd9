/** Waiting for what guests do, over both forms of the provider, on a real cluster. */
import { waitingSuite } from "../e2e/lifecycle/waiting.ts";
import { clusterPlace } from "./support/cluster-place.ts";

const { open, close } = clusterPlace("waiting");

waitingSuite(open, close);
