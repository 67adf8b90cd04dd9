/** What may I do? Everyone with a token may do everything on this engine. Who am I? As the token says. */
import type { Identity } from "./auth";
import { isRecord, type JsonRecord } from "./object";

/** The answer to a POST on a review path, or undefined when the path is no review's. */
export function answerReview(pathname: string, body: unknown, identity: Identity): JsonRecord | undefined {
  const spec = isRecord(body) && isRecord(body.spec) ? body.spec : {};
  const groupVersion = pathname.split("/").slice(2, 4).join("/");
  switch (pathname) {
    case "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews":
      return review(groupVersion, "SelfSubjectAccessReview", spec, { allowed: true });
    case "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews":
      return review(groupVersion, "SelfSubjectRulesReview", spec, {
        resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
        nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
        incomplete: false,
      });
    case "/apis/authentication.k8s.io/v1/selfsubjectreviews":
      return review(groupVersion, "SelfSubjectReview", undefined, {
        userInfo: { username: identity.user, groups: identity.groups },
      });
    default:
      return undefined;
  }
}

function review(apiVersion: string, kind: string, spec: JsonRecord | undefined, status: JsonRecord): JsonRecord {
  return { kind, apiVersion, metadata: { creationTimestamp: null }, ...(spec ? { spec } : {}), status };
}
