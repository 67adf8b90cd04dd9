#!/bin/bash
# Pushes the images that build.sh made to a registry: push.sh REGISTRY [--tag TAG] [--tls]
#   REGISTRY   host[:port][/path], for example 10.0.0.5:5000
#   --tag      default: the version of the package
#   --tls      the registry speaks https; without it, plain http will do
# Who has to log in does so with skopeo login.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
layout=$root/dist/images/oci
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

[ $# -gt 0 ] || fail "usage: push.sh REGISTRY [--tag TAG] [--tls]"
registry=$1
shift
tag=$(node -p 'require(process.argv[1]).version' "$root/package.json")
tls=false
while [ $# -gt 0 ]; do
  case $1 in
    --tag) tag=${2:?--tag needs a tag}; shift 2 ;;
    --tls) tls=true; shift ;;
    *) fail "unknown option: $1" ;;
  esac
done
[ -d "$layout" ] || fail "there are no images in dist/images/oci; run: make images"
for image in virt-controller virt-agent virt-launcher; do
  skopeo copy --quiet --preserve-digests --dest-tls-verify="$tls" "oci:$layout:$image" "docker://$registry/$image:$tag"
  echo "$registry/$image:$tag"
done
