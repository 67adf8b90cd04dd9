/** The local API server, compared with a Kubernetes API server that has nothing beside it. */
import { startControlPlane } from "../kubernetes/support/control-plane";
import { conformsTo } from "./support/suite";

conformsTo(startControlPlane);
