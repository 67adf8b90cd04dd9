#!/bin/bash
# Runs a command in the namespaces of a node, as a shell on that machine would: enter.sh NODE COMMAND [ARGUMENT ...]
#
# For example: enter.sh node1 ctr --namespace k8s.io containers list
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/common.sh"
[ $# -ge 2 ] || fail "usage: enter.sh NODE COMMAND [ARGUMENT ...]"
is_node "$1" || fail "there is no node $1; there are: ${nodes[*]}"
enter_node "$1"
shift
PATH=$("$here/../path.sh")
export PATH
exec "${enter[@]}" "$@"
