#!/bin/bash
# Runs a command with libvirt up and the test guest's image built: with-libvirt.sh COMMAND [ARGUMENT ...]
#
# What it starts of libvirt it stops again. GUEST_IMAGE is the image's path. Tests and measurements keep their engines,
# stacks and disks in temporary folders of their own and remove them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$(tools/path.sh)
export PATH

services=$(mktemp -d)
trap 'tools/services.sh stop "$services"; rm -rf "$services"' EXIT
tools/services.sh start "$services"
GUEST_IMAGE=$(test/fixtures/guest/ensure.sh)
export GUEST_IMAGE
"$@"
