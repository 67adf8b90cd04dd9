/**
 * `<metadata>`: whose domain this is. libvirt keeps it as it was given, so a node agent recognises its domains by it
 * even when it has lost everything else.
 */
import { integer, text } from "./codecs";
import { child, childText, element, type ValueOf, within } from "./element";

const kubevirt = element(
  "kubevirt",
  {
    uid: childText("uid", text),
    namespace: childText("namespace", text),
    name: childText("name", text),
    clusterUid: childText("clusterUid", text),
    gracePeriodSeconds: within("graceperiod", childText("deletionGracePeriodSeconds", integer)),
  },
  [["xmlns", "http://kubevirt.io"]],
);

/** The machine that a domain runs, and the engine that it belongs to. */
export type DomainOwner = ValueOf<typeof kubevirt>;

export const metadata = element("metadata", { kubevirt: child(kubevirt) });
export type Metadata = ValueOf<typeof metadata>;
