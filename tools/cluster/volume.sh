#!/bin/bash
# Makes persistent volumes of class `local` on a node, and removes them:
#
#   volume.sh make NAME NODE SIZE filesystem|block [FILE]
#   volume.sh remove NAME
#
# SIZE is a Kubernetes quantity in Mi or Gi. FILE is a raw image that the volume starts with: as disk.img in a filesystem, at
# the beginning of a block device. A filesystem is a folder /mnt/volumes/NAME of the node; a block device is a loop device.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/common.sh"
. "$here/component-parts.sh"

make_filesystem() {
  local name=$1 node=$2 file=$3 folder
  folder=$data/$node/mnt/volumes/$name
  mkdir "$folder"
  [ -z "$file" ] || cp --sparse=always "$file" "$folder/disk.img"
  chmod 777 "$folder"
  printf '/mnt/volumes/%s' "$name"
}

make_block() {
  local name=$1 size=$2 file=$3 image=$data/blocks/$1 device
  mkdir -p "$data/blocks"
  [ -z "$file" ] || cp --sparse=always "$file" "$image"
  case $size in
    *Gi) truncate --size=">${size%Gi}G" "$image" ;;
    *Mi) truncate --size=">${size%Mi}M" "$image" ;;
    *) fail "size $size: give it in Mi or Gi" ;;
  esac
  device=$(losetup --find --show "$image")
  record loop-devices "$device"
  printf '%s' "$device"
}

make() {
  local name=$1 node=$2 size=$3 mode=$4 file=${5:-} path kind
  is_node "$node" || fail "there is no node $node; there are: ${nodes[*]}"
  [ -z "$file" ] || [ -f "$file" ] || fail "there is no file $file"
  case $mode in
    filesystem) kind=Filesystem path=$(make_filesystem "$name" "$node" "$file") ;;
    block) kind=Block path=$(make_block "$name" "$size" "$file") ;;
    *) fail "mode $mode: it is filesystem or block" ;;
  esac
  kubectl_admin apply --filename - <<END
apiVersion: v1
kind: PersistentVolume
metadata: {name: $name}
spec:
  storageClassName: local
  capacity: {storage: $size}
  accessModes: [ReadWriteOnce]
  volumeMode: $kind
  persistentVolumeReclaimPolicy: Retain
  local: {path: $path}
  nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [$node]}]}]}}
END
}

remove() {
  local name=$1 device node
  kubectl_admin delete persistentvolume "$name" --ignore-not-found --wait=false
  for device in $(losetup --noheadings --output NAME --associated "$data/blocks/$name" 2>/dev/null); do detach_loop_device "$device"; done
  rm -f "$data/blocks/$name"
  for node in "${nodes[@]}"; do rm -rf "$data/$node/mnt/volumes/$name"; done
}

[ -d "$state" ] || fail "there is no cluster; run: tools/cluster/up.sh"
PATH=$("$here/../path.sh")
export PATH
case ${1:-}:$# in
  make:5 | make:6) shift; make "$@" ;;
  remove:2) remove "$2" ;;
  *) fail "usage: volume.sh make NAME NODE SIZE filesystem|block [FILE] | volume.sh remove NAME" ;;
esac
