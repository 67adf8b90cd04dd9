#!/bin/sh
# Prints the PATH to run this project's tools with: the machine's own first choice where it is good enough, else what
# tools/install.sh keeps in the cache. Only what is missing from PATH, or too old, is put in front of it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.env"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/pulumi-kubevirt

newer_or_same() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n1)" = "$2" ]; }

front=
add() { front=${front:+$front:}$1; }

node_version=$(node --version 2>/dev/null | sed 's/^v//' || true)
{ [ -n "$node_version" ] && newer_or_same "$node_version" "$NODE_MINIMUM"; } || add "$cache/node-$NODE_VERSION/bin"
command -v pulumi >/dev/null 2>&1 || add "$cache/pulumi-$PULUMI_VERSION"
command -v pulumi-resource-kubernetes >/dev/null 2>&1 || add "$cache/pulumi-kubernetes-$PULUMI_KUBERNETES_VERSION-$PULUMI_KUBERNETES_BUILD"
command -v pulumi-language-python >/dev/null 2>&1 || add "$cache/pulumi-python-$PULUMI_VERSION"
for binary in kubectl kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy; do
  command -v "$binary" >/dev/null 2>&1 || add "$cache/$binary-$KUBERNETES_VERSION"
done
etcd_version=$(etcd --version 2>/dev/null | sed -n 's/^etcd Version: //p' || true)
{ [ -n "$etcd_version" ] && newer_or_same "$etcd_version" "$ETCD_MINIMUM"; } || add "$cache/etcd-$ETCD_VERSION"
command -v docker-registry >/dev/null 2>&1 || add "$cache/docker-registry"
command -v containerd >/dev/null 2>&1 || add "$cache/containerd"

case ":$PATH:" in
  *":$front:"*) printf '%s\n' "$PATH" ;;
  *) printf '%s\n' "${front:+$front:}$PATH" ;;
esac
