#!/bin/bash
# Runs every test: tools/test.sh [vitest arguments]. Ends with the runner's line of counts.
#
# Starts libvirt where it does not run, and stops what it started. The tests keep their engines, stacks and disks in
# temporary folders of their own; those are removed too.
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
npx vitest run "$@"
