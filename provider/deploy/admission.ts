/**
 * What roles cannot say, as admission policies in the API server itself: an agent's token is good for its own node only,
 * and nobody but the controller can make a pod that passes for a machine's launcher.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
import { group, version } from "../api/v1alpha1/group";
import { agentLeasePrefix } from "../core/agent-lease";
import { createdByLabel, launcherLabel, launcherLabelValue } from "../core/plan/launcher-pod";
import { labelsOf, type Manifest } from "./manifest";
import { agentName, controllerName, userName } from "./names";

const api = "admissionregistration.k8s.io/v1";

/** The node of the pod that a token was made for; the API server itself has put it there. */
const nodeOfToken = "request.userInfo.?extra[?'authentication.kubernetes.io/node-name'][?0].orValue('')";
const nodeLabel = "kubevirt.io/nodeName";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly operations: readonly string[];
  readonly resources: readonly string[];
  readonly scope: "Namespaced";
}

interface Validation {
  readonly expression: string;
  readonly messageExpression?: string;
  readonly message?: string;
  readonly reason: "Forbidden";
}

interface Policy {
  readonly name: string;
  readonly rules: readonly Rule[];
  /** Narrows the requests down before any expression is looked at. */
  readonly selectors?: object;
  /** Whose requests are judged, as an expression. */
  readonly concerns: { readonly name: string; readonly expression: string };
  readonly validations: readonly Validation[];
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
}

/** Policies and their bindings, which put them in force. */
export function admissionPolicies(namespace: string): readonly Manifest[] {
  const policies = [agentMachines(namespace), agentLeases(namespace), agentEvents(namespace), launcherPods(namespace)];
  return policies.flatMap((policy) => [policyObject(policy), bindingObject(policy)]);
}

/** An agent reports on the machines of its node, and can neither take a machine nor hand one on. */
function agentMachines(namespace: string): Policy {
  const label = (object: string) => `${object}.metadata.?labels[?'${nodeLabel}'].orValue('')`;
  return {
    name: "kubevirt-agent-machines",
    rules: [rule(group, version, ["UPDATE"], ["virtualmachines", "virtualmachines/status"])],
    ...byAgents(namespace),
    validations: [
      ...namesItsNode,
      {
        expression: `${label("oldObject")} == variables.node`,
        messageExpression: `'the agent of node ' + variables.node + ' may not report on a machine that is on ' + (${label("oldObject")} == '' ? 'no node' : 'node ' + ${label("oldObject")})`,
        reason: "Forbidden",
      },
      {
        expression: `${label("object")} == variables.node && object.?status.?nodeName.orValue('') in ['', variables.node]`,
        messageExpression: `'the agent of node ' + variables.node + ' may not move a machine to another node'`,
        reason: "Forbidden",
      },
    ],
  };
}

function agentLeases(namespace: string): Policy {
  return {
    name: "kubevirt-agent-leases",
    rules: [rule("coordination.k8s.io", "v1", ["CREATE", "UPDATE"], ["leases"])],
    ...byAgents(namespace),
    validations: [
      ...namesItsNode,
      {
        expression: `object.metadata.name == '${agentLeasePrefix}' + variables.node`,
        messageExpression: `'the agent of node ' + variables.node + ' may write no lease but ${agentLeasePrefix}' + variables.node`,
        reason: "Forbidden",
      },
    ],
  };
}

function agentEvents(namespace: string): Policy {
  const isFrom = (object: string) =>
    `${object}.?source.?host.orValue('') == variables.node && ${object}.?reportingInstance.orValue('') == variables.node`;
  return {
    name: "kubevirt-agent-events",
    rules: [rule("", "v1", ["CREATE", "UPDATE"], ["events"])],
    ...byAgents(namespace),
    validations: [
      ...namesItsNode,
      {
        expression: `${isFrom("object")} && (oldObject == null || ${isFrom("oldObject")})`,
        messageExpression: `'the agent of node ' + variables.node + ' may write no events of other nodes: source.host and reportingInstance must be ' + variables.node`,
        reason: "Forbidden",
      },
    ],
  };
}

/**
 * Agents give a launcher pod a machine, with its disks and secrets. They know it by labels; so these are the controller's
 * alone. A pod's status and its binding to a node can change labels too.
 */
function launcherPods(namespace: string): Policy {
  const controller = userName(namespace, controllerName);
  const same = (label: string) =>
    `object.metadata.?labels[?'${label}'].orValue('') == oldObject.metadata.?labels[?'${label}'].orValue('')`;
  return {
    name: "kubevirt-launcher-pods",
    rules: [rule("", "v1", ["CREATE", "UPDATE"], ["pods", "pods/status", "pods/binding", "bindings"])],
    // Met when the object is a launcher, or was one.
    selectors: { objectSelector: { matchLabels: { [launcherLabel]: launcherLabelValue } } },
    concerns: { name: "not-by-the-controller", expression: `request.userInfo.username != '${controller}'` },
    validations: [
      {
        expression: `request.operation == 'UPDATE' && ${same(launcherLabel)} && ${same(createdByLabel)}`,
        message: `pods with the label ${launcherLabel}=${launcherLabelValue} hold virtual machines: only ${controller} may make them, or change this label or ${createdByLabel}; create a VirtualMachine instead`,
        reason: "Forbidden",
      },
    ],
  };
}

function rule(apiGroup: string, apiVersion: string, operations: readonly string[], resources: readonly string[]): Rule {
  return { apiGroups: [apiGroup], apiVersions: [apiVersion], operations, resources, scope: "Namespaced" };
}

function byAgents(namespace: string): Pick<Policy, "concerns" | "variables"> {
  const expression = `request.userInfo.username == '${userName(namespace, agentName)}'`;
  return {
    concerns: { name: "by-an-agent", expression },
    variables: [{ name: "node", expression: nodeOfToken }],
  };
}

const namesItsNode: readonly Validation[] = [
  {
    expression: "variables.node != ''",
    message:
      "the token names no node: an agent's must be the one that its pod was given (Kubernetes 1.32 or newer puts the node in)",
    reason: "Forbidden",
  },
];

function policyObject({ name, rules, selectors, concerns, variables, validations }: Policy): Manifest {
  return {
    apiVersion: api,
    kind: "ValidatingAdmissionPolicy",
    metadata: { name, labels: labelsOf("admission") },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: { resourceRules: rules, ...selectors },
      matchConditions: [concerns],
      ...(variables === undefined ? {} : { variables }),
      validations,
    },
  };
}

function bindingObject({ name }: Policy): Manifest {
  return {
    apiVersion: api,
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name, labels: labelsOf("admission") },
    spec: { policyName: name, validationActions: ["Deny"] },
  };
}
