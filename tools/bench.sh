#!/bin/bash
# Measures, against named peers in the same run: tools/bench.sh [machine|engine|pulumi ...]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
PATH=$(tools/path.sh)
export PATH

services=$(mktemp -d)
trap 'tools/services.sh stop "$services"; rm -rf "$services"' EXIT
tools/services.sh start "$services"
GUEST_IMAGE=$(test/fixtures/guest/ensure.sh)
export GUEST_IMAGE
node --disable-warning=ExperimentalWarning --disable-warning=MODULE_TYPELESS_PACKAGE_JSON test/bench/main.ts "$@"
