#!/bin/bash
# Runs a command with the test cluster up, the images built and pushed to its registry, and the test guest's image built:
# with-cluster.sh COMMAND [ARGUMENT ...]
#
# A cluster that was up before stays up; one that was started here is removed again. KUBECONFIG, CLUSTER_REGISTRY,
# CLUSTER_TAG and GUEST_IMAGE are set for the command.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools/install.sh node guest tests images pulumi pulumi-kubernetes
PATH=$(tools/path.sh)
export PATH
. tools/cluster/common.sh

tools/cluster/up.sh --check || trap 'tools/cluster/down.sh' EXIT
tools/cluster/up.sh >/dev/null
export KUBECONFIG=$state/admin.kubeconfig
export CLUSTER_REGISTRY=$host_address:5000
tools/images/build.sh
# By content: a node that has the images of another build does not take them for these.
CLUSTER_TAG=$(cat dist/images/oci/index.json | sha256sum | cut -c1-12)
export CLUSTER_TAG
tools/images/push.sh "$CLUSTER_REGISTRY" --tag "$CLUSTER_TAG"
GUEST_IMAGE=$(test/fixtures/guest/ensure.sh)
export GUEST_IMAGE
"$@"
