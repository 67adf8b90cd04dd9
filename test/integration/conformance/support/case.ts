/** A case: a small program over a session, run against both servers, with assertions of the values that matter. */

import type { Side } from "./servers";
import type { Session } from "./session";

export interface Case {
  /** A sentence about behaviour. */
  readonly name: string;
  readonly run: (session: Session) => Promise<void>;
  /** For what one of the servers does not have at all; with the reason. */
  readonly only?: { readonly side: Side; readonly since: string };
  /** What other controllers of a cluster do to it: it is compared with an API server alone that has none beside it. */
  readonly disturbedBy?: string;
}

export interface Area {
  readonly name: string;
  readonly cases: readonly Case[];
}
