#!/bin/bash
# Generates into a temporary folder and compares with what is committed; in folders where every file is generated, a file
# that is not generated any more is an error too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
status=0
while read -r file; do
  cmp -s "$file" "$fresh/$file" || { echo "error: $file is out of date; run: make generate" >&2; status=1; }
done < <(node dist/provider/codegen/main.js "$fresh")
for folder in docs/reference provider/deploy/crds sdk/nodejs/types; do
  while read -r file; do
    [ -e "$fresh/$file" ] || { echo "error: $file is no longer generated; remove it" >&2; status=1; }
  done < <(find "$folder" -type f)
done
exit $status
