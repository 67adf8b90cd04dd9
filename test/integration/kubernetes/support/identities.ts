/** Speaks to a control plane as somebody else: an administrator may take any user's place. */
import { type Connection, directConnection } from "../../../../provider/kube/connection";
import type { Kubectl } from "../../apiserver/support/kubectl";

export interface Identity {
  readonly user: string;
  readonly groups?: readonly string[];
  /** The node of the pod that the account's token was made for. */
  readonly node?: string;
}

export const serviceAccountOf = (namespace: string, name: string, node?: string): Identity => ({
  user: `system:serviceaccount:${namespace}:${name}`,
  groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
  ...(node === undefined ? {} : { node }),
});

export function actingAs(administrator: Connection, { user, groups = [], node }: Identity): Connection {
  return {
    ...administrator,
    credentials: async () => {
      const { headers, agent } = await administrator.credentials();
      return {
        agent,
        headers: {
          ...headers,
          "impersonate-user": user,
          // The transport sends one line for each header; no test needs more than the first group.
          ...(groups[0] === undefined ? {} : { "impersonate-group": groups[0] }),
          ...(node === undefined ? {} : { "impersonate-extra-authentication.kubernetes.io%2fnode-name": node }),
        },
      };
    },
  };
}

/** With the account's own token, as a kubelet asks for it on behalf of a pod. */
export async function withTokenOfPod(
  kubectl: Kubectl,
  pod: { readonly namespace: string; readonly name: string; readonly account: string },
  trust: { readonly server: string; readonly ca: string },
): Promise<Connection> {
  const { namespace, name, account } = pod;
  const uid = await kubectl.run("get", "pod", name, "-n", namespace, "-o", "jsonpath={.metadata.uid}");
  const bound = ["--bound-object-kind=Pod", `--bound-object-name=${name}`, `--bound-object-uid=${uid}`];
  const token = await kubectl.run("create", "token", account, "-n", namespace, ...bound);
  return directConnection({ ...trust, token: token.trim() });
}
