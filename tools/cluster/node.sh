#!/bin/bash
# What may happen to a machine, done to a node of the test cluster: node.sh ACTION NODE
#
#   cut-network     its link on the host is taken down: neither the API server nor the other node reaches it or its pods,
#                   while all goes on running on it. (The host reaches services through the first node.)
#   mend-network
#   power-off       every process of the node ends at once, and what is in memory is gone
#   power-on        returns when the node is Ready again
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/common.sh"
. "$here/pki.sh"
. "$here/network.sh"
. "$here/node-parts.sh"
. "$here/component-parts.sh"

power_on() {
  local node=$1 kind
  make_node "$node"
  for kind in containerd kubelet kube-proxy; do
    start_component "$kind-$node"
    wait_for 60 "$kind of $node does not answer" component_answers "$kind-$node"
  done
  wait_for 120 "$node is not Ready" node_is_ready "$node"
}

[ -d "$state" ] || fail "there is no cluster; run: tools/cluster/up.sh"
[ $# -eq 2 ] || fail "usage: node.sh cut-network|mend-network|power-off|power-on NODE"
is_node "$2" || fail "there is no node $2; there are: ${nodes[*]}"
PATH=$("$here/../path.sh")
export PATH
case $1 in
  cut-network) ip link set "kvt-$2" down ;;
  mend-network) ip link set "kvt-$2" up ;;
  power-off) lose_power "$2" ;;
  power-on) power_on "$2" ;;
  *) fail "usage: node.sh cut-network|mend-network|power-off|power-on NODE" ;;
esac
