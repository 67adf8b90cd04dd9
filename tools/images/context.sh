#!/bin/bash
# Lays out what the images' Containerfiles copy from, and prints the folder: context.sh [FOLDER], default dist/images/context
#   base/ virt-agent/ virt-launcher/   root file systems, from rootfs.sh
#   app/PROGRAM/                       a program in one file, and the licences of the packages in it, from bundle.mjs
#   scripts/
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
context=${1:-$root/dist/images/context}

rootfs=$("$here/rootfs.sh")
rm -rf "$context"
mkdir -p "$context/scripts"
# Links cost nothing; the cache may be on another file system.
cp --archive --link "$rootfs/." "$context/" 2>/dev/null || cp --archive "$rootfs/." "$context/"
install --mode=755 --target-directory="$context/scripts" "$root"/provider/deploy/images/{virt-agent/virt-libvirtd,virt-launcher/virt-launcher}
for program in virt-controller virt-agent; do
  install --directory "$context/app/$program"
  node "$here/bundle.mjs" "$context/app/$program" "$program=provider/cmd/$program/main.ts"
done
chmod -R u=rwX,go=rX "$context/app"
echo "$context"
