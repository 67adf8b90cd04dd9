#!/bin/bash
# Builds the images into an OCI layout, by Containerfile, and prints the name, the size as a registry counts it, and the
# digest of each: build.sh [FOLDER], default dist/images; the layout is its folder oci.
#
# The same packages and sources give the same digests: no times, no names of this machine, and always the storage driver
# that needs nothing of the kernel (others cut the layers differently). Layers stay in the user's cache.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/pulumi-kubevirt
output=${1:-$root/dist/images}
layout=$output/oci

fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
for tool in buildah skopeo; do command -v "$tool" >/dev/null || fail "$tool is missing; run: tools/install.sh images"; done

store() { buildah --root "$cache/images-storage/root" --runroot "$cache/images-storage/run" --storage-driver vfs "$@"; }

build() {
  local image=$1
  store build --quiet --layers --timestamp 0 --identity-label=false --isolation chroot --tag "localhost/$image" \
    --file "$root/provider/deploy/images/$image/Containerfile" "$context" >/dev/null
  store push --quiet "localhost/$image" "oci:$layout.tmp:$image"
}

context=$("$here/context.sh" "$output/context")
mkdir -p "$cache"
exec 9>"$cache/images-storage.lock"
flock 9
rm -rf "$layout.tmp"
# Layers that the layout has from before need not be packed again.
[ ! -d "$layout" ] || cp --archive --link "$layout" "$layout.tmp"
for image in virt-controller virt-agent virt-launcher; do build "$image"; done
# What an earlier build left: each layer is kept as a whole root file system.
store rmi --prune >/dev/null
named() { grep -o 'sha256:[0-9a-f]*' "$@" | cut -d: -f2; }
manifests=$(named --no-filename "$layout.tmp/index.json")
(
  cd "$layout.tmp/blobs/sha256"
  # shellcheck disable=SC2086
  comm -23 <(ls | sort) <({ echo "$manifests"; named --no-filename $manifests; } | sort -u) | xargs --no-run-if-empty rm
)
rm -rf "$layout"
mv "$layout.tmp" "$layout"
for image in virt-controller virt-agent virt-launcher; do
  manifest=$(skopeo inspect --raw "oci:$layout:$image")
  size=$(grep -o '"size":[0-9]*' <<<"$manifest" | awk -F: '{ sum += $2 } END { print sum }')
  printf '%-16s %4d MB  %s\n' "$image" $((size / 1000000)) "sha256:$(printf %s "$manifest" | sha256sum | cut -d' ' -f1)"
done
