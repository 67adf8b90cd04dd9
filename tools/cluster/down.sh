#!/bin/bash
# Removes everything that up.sh made: down.sh   (also after a start that failed half-way, or after all was killed)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/common.sh"
. "$here/network.sh"
. "$here/node-parts.sh"

# Processes of the cluster: those that carry its marker, those in the nodes' cgroups, those in the nodes' mount namespaces.
cluster_processes() {
  local file node hierarchy namespace
  for file in /proc/[0-9]*/environ; do
    if { tr '\0' '\n' <"$file"; } 2>/dev/null | grep -qxF "$marker"; then file=${file%/environ}; echo "${file#/proc/}"; fi
  done
  for node in "${nodes[@]}"; do
    while read -r hierarchy; do
      [ ! -d "$hierarchy/$node" ] || find "$hierarchy/$node" -name cgroup.procs -exec cat {} + 2>/dev/null || true
    done < <(cgroup_hierarchies)
    namespace=$(cat "$state/pid/$node.namespace" 2>/dev/null) || continue
    for file in /proc/[0-9]*/ns/mnt; do
      if [ "$(readlink "$file")" = "$namespace" ]; then file=${file%/ns/mnt}; echo "${file#/proc/}"; fi
    done
  done
}

end_processes() {
  local pids deadline=$((SECONDS + 30))
  while :; do
    mapfile -t pids < <(cluster_processes | sort -un | grep -vx 0)
    [ ${#pids[@]} -gt 0 ] || return 0
    [ "$SECONDS" -lt "$deadline" ] || fail "these processes of the cluster do not end: ${pids[*]}"
    kill -KILL "${pids[@]}" 2>/dev/null || true
    sleep 0.2
  done
}

# Those that are still over files of the cluster: a device that was given back may be someone else's by now.
detach_loop_devices() {
  local device
  for device in $(recorded loop-devices); do
    case $(losetup --noheadings --output BACK-FILE "$device" 2>/dev/null) in "$data"/*) detach_loop_device "$device" ;; esac
  done
}

remove_folders() {
  rm -rf --one-file-system "$data"
  local folder
  for folder in $(recorded folders | tac); do rmdir "$folder" 2>/dev/null || say "leaving $folder: it is not empty"; done
  rm -rf --one-file-system "$state"
}

[ "$(id -u)" = 0 ] || fail "the test cluster needs root"
started=$SECONDS
if [ ! -e "$state" ] && [ ! -e "$data" ]; then say "there is no cluster"; fi
end_processes
for node in "${nodes[@]}"; do remove_cgroups "$node"; done
detach_loop_devices
remove_network
remove_folders
say "nothing of the cluster is left ($((SECONDS - started)) s)"
