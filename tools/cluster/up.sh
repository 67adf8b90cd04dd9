#!/bin/bash
# Starts a real Kubernetes cluster of two nodes on this machine, for tests: up.sh   (as root; `down.sh` removes it all)
# `up.sh --check` starts nothing, and succeeds where it is up.
#
# A node is a set of namespaces (network, mounts, processes, host name) with a containerd, a kubelet and a kube-proxy of its
# own. The control plane, two image registries and a bridge are on the host. Where things are is said in common.sh. A cluster
# that is partly up is completed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/common.sh"
. "$here/pki.sh"
. "$here/network.sh"
. "$here/node-parts.sh"
. "$here/component-parts.sh"
. "$here/registry.sh"

is_up() {
  local name
  [ -e "$state/complete" ] || return 1
  while read -r name; do pid_of "$name" >/dev/null || return 1; done < <(component_names)
  for name in "${nodes[@]}"; do node_is_ready "$name" 2>/dev/null || return 1; done
}

usage() {
  cat <<END
    export KUBECONFIG=$state/admin.kubeconfig
    kubectl get nodes
    skopeo copy --dest-tls-verify=false SOURCE docker://$host_address:5000/NAME:TAG    # images for pods; there are pause:1 and busybox:1
    tools/cluster/component.sh kill kubelet-node1        # and: start, stop, restart, list
    tools/cluster/enter.sh node1 COMMAND                 # runs in the node's namespaces
    tools/cluster/node.sh cut-network node1               # and: mend-network, power-off, power-on
    tools/cluster/volume.sh make NAME node1 1Gi filesystem|block [IMAGE]
    tools/cluster/down.sh
END
}

write_audit_policy() {
  printf '%s\n' 'apiVersion: audit.k8s.io/v1' 'kind: Policy' 'omitStages: [RequestReceived]' 'rules: [{level: Metadata}]' >"$state/audit-policy.yaml"
}

make_storage_class() {
  kubectl_admin apply --filename - >/dev/null <<'END'
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: local}
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: WaitForFirstConsumer
END
}

up() {
  local started=$SECONDS node
  mkdir -p "$state/log" "$data"
  chmod 755 "$state"
  make_pki
  write_audit_policy
  start_component etcd
  make_bridge
  configure_registries
  start_component registry
  start_component registry-login
  wait_for 30 "etcd does not answer" component_answers etcd
  start_component kube-apiserver
  for node in "${nodes[@]}"; do
    make_node "$node"
    start_component "containerd-$node"
  done
  wait_for 30 "the registry does not answer" component_answers registry
  wait_for 30 "the registry with a login does not answer" component_answers registry-login
  push_images
  wait_for 60 "kube-apiserver is not ready" component_answers kube-apiserver
  start_component kube-controller-manager
  start_component kube-scheduler
  for node in "${nodes[@]}"; do
    wait_for 30 "containerd of $node does not answer" component_answers "containerd-$node"
    start_component "kubelet-$node"
    start_component "kube-proxy-$node"
  done
  make_storage_class
  for node in "${nodes[@]}"; do wait_for 120 "$node is not Ready" node_is_ready "$node"; done
  wait_for 60 "the namespace default has no service account" kubectl_admin get serviceaccount default
  touch "$state/complete"
  say "the cluster is up after $((SECONDS - started)) s:"
  usage
}

[ "$(id -u)" = 0 ] || fail "the test cluster needs root: it makes namespaces, mounts and cgroups"
cd "$here/../.."
tools/install.sh etcd kubectl kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy docker-registry cluster
PATH=$(tools/path.sh)
export PATH
if [ "${1-}" = --check ]; then
  is_up
elif is_up; then
  say "the cluster is up already:"
  usage
else
  up
fi
