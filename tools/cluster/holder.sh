#!/bin/bash
# The first process of a node: holds its namespaces and gives it folders of its own: holder.sh NODE FOLDER HIDDEN ...
#
# Runs in new mount, network, UTS and PID namespaces; when it ends, the kernel ends every process of the node. FOLDER has the
# node's folders, which `private_folders` in node-parts.sh lists; the HIDDEN ones are empty for the node, so that a pod that
# mounts the host's root sees nothing of the other node.
set -euo pipefail
node=$1 folder=$2
shift 2

hostname "$node"
cd "$folder"
while read -r target; do mount --bind "$folder$target" "$target"; done <"$folder/private-folders"
for hidden in "$@"; do mount -t tmpfs -o mode=755 hidden "$hidden"; done
# From here on as on a machine with systemd: what a pod mounts below a Bidirectional volume is seen by the others.
mount --make-rshared /
# The folder is hidden by now; only its working directory still leads there.
touch held
cd /
# The shell reaps what is left to it meanwhile.
trap 'exit 0' TERM
sleep infinity &
wait
