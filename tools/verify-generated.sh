#!/bin/bash
# Generates into a temporary folder and compares with what is committed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
status=0
while read -r file; do
  cmp -s "$file" "$fresh/$file" || { echo "error: $file is out of date; run: make generate" >&2; status=1; }
done < <(node dist/provider/codegen/main.js "$fresh")
exit $status
