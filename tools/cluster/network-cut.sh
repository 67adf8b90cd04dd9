#!/bin/bash
# Cuts a node's network, or mends it: network-cut.sh NODE [mend]
#
# The node's link on the host is taken down: neither the API server nor the other node reaches it or its pods, while all
# goes on running on it. For the first node: the host does not reach services meanwhile, since they are reached through it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/common.sh"
case $#:${2:-} in 1: | 2:mend) ;; *) fail "usage: network-cut.sh NODE [mend]" ;; esac
is_node "$1" || fail "there is no node $1; there are: ${nodes[*]}"
if [ "${2:-}" = mend ]; then ip link set "kvt-$1" up; else ip link set "kvt-$1" down; fi
