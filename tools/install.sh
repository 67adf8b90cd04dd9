#!/bin/bash
# Installs one tool where the machine lacks it: install.sh TOOL ...
#
# TOOL is node, pulumi, python, pulumi-kubernetes, kubectl, kube-apiserver, kube-controller-manager, kube-scheduler, kubelet,
# kube-proxy, etcd, docker-registry, libvirt, guest, tests, images or cluster.
#
# Binaries go to the user's cache, by version, so that another checkout finds them. Each step says what it does and how
# long it may take; a step whose result is there says nothing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/versions.env"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/pulumi-kubevirt

say() { printf '==> %s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
newer_or_same() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n1)" = "$2" ]; }

# One builder at a time: two checkouts must not write one binary.
locked() { mkdir -p "$cache"; exec 9>"$cache/install.lock"; flock 9; }

node_is_new_enough() {
  local version
  version=$(node --version 2>/dev/null | sed 's/^v//') || return 1
  [ -n "$version" ] && newer_or_same "$version" "$NODE_MINIMUM"
}

install_node() {
  node_is_new_enough && return
  local target=$cache/node-$NODE_VERSION
  [ -x "$target/bin/node" ] && return
  command -v npm >/dev/null || fail "neither Node.js $NODE_MINIMUM or newer nor npm is installed; install Node.js from https://nodejs.org"
  locked
  [ -x "$target/bin/node" ] && return
  say "installing Node.js $NODE_VERSION (this machine has $(node --version 2>/dev/null || echo none)); about half a minute"
  rm -rf "$target.tmp"
  mkdir -p "$target.tmp"
  (cd "$target.tmp" && echo '{"private":true}' >package.json && npm install --silent --no-audit --no-fund --foreground-scripts=false "node@$NODE_VERSION")
  [ -x "$target.tmp/node_modules/node/bin/node" ] || fail "npm installed the package node@$NODE_VERSION without a binary; install Node.js $NODE_MINIMUM or newer by hand"
  ln -s node_modules/node/bin "$target.tmp/bin"
  rm -rf "$target"
  mv "$target.tmp" "$target"
}

# go_tool FOLDER BINARY MODULE PACKAGE LDFLAGS TIME: builds a binary from the pinned module in tools/MODULE.
go_tool() {
  local target=$cache/$1 binary=$2 module=$3 package=$4 ldflags=$5 time=$6
  [ -x "$target/$binary" ] && return
  command -v go >/dev/null || fail "$binary is not on PATH and there is no Go to build it with; install one of the two"
  locked
  [ -x "$target/$binary" ] && return
  say "building ${1#*/} ($binary) from its Go module; $time the first time on two cores"
  mkdir -p "$target"
  (cd "$here/$module" && go build -buildvcs=false -trimpath -ldflags "-s -w $ldflags" -o "$target/.$binary.tmp" "$package")
  mv "$target/.$binary.tmp" "$target/$binary"
}

# The CLI, the language hosts and the launcher in one folder: the engine takes plugins beside its binary as its own.
install_pulumi() {
  local folder=pulumi-$PULUMI_VERSION found
  # A CLI of the machine's own has its language hosts; one that is kept here may lack some that came later.
  found=$(command -v pulumi || true)
  [ -n "$found" ] && [ "$found" != "$cache/$folder/pulumi" ] && return
  go_tool "$folder" pulumi-language-nodejs language-nodejs github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs \
    "" "about half a minute"
  go_tool "pulumi-language-yaml-$LANGUAGE_YAML_VERSION" pulumi-language-yaml language-yaml \
    github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml \
    "-X github.com/pulumi/pulumi-yaml/pkg/version.Version=v$LANGUAGE_YAML_VERSION" "about 2 minutes"
  ln -sf "../pulumi-language-yaml-$LANGUAGE_YAML_VERSION/pulumi-language-yaml" "$cache/$folder/pulumi-language-yaml"
  go_tool "$folder" pulumi pulumi github.com/pulumi/pulumi/pkg/v3/cmd/pulumi \
    "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v$PULUMI_VERSION" "about 7 minutes"
  install --mode=755 "$here/pulumi-resource-pulumi-nodejs" "$cache/$folder/pulumi-resource-pulumi-nodejs"
}

# What a program in Python runs on: a virtual environment with Pulumi's package and what generated ones need, the language
# host and what it starts, and the generator of packages.
install_python() {
  local folder=pulumi-python-$PULUMI_VERSION
  go_tool "$folder" pulumi-language-python language-nodejs github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python \
    "" "about half a minute"
  go_tool "$folder" generate-python generate-python . "" "about a minute, and 5 more where the CLI was not built here"
  [ -x "$cache/$folder/venv/bin/python" ] && [ -x "$cache/$folder/pulumi-language-python-exec" ] && return
  command -v python3 >/dev/null || fail "python3 is missing; install Python 3.9 or newer"
  locked
  say "installing Pulumi's package for Python; about half a minute"
  install --mode=755 "$(cd "$here/language-nodejs" && go list -m -f '{{.Dir}}' github.com/pulumi/pulumi/sdk/v3)/python/cmd/pulumi-language-python-exec" \
    "$cache/$folder/pulumi-language-python-exec"
  rm -rf "$cache/$folder/venv"
  python3 -m venv "$cache/$folder/venv" || fail "python3 cannot make virtual environments; install python3-venv"
  "$cache/$folder/venv/bin/pip" install --quiet --disable-pip-version-check "pulumi==$PULUMI_VERSION" parver==1.0.1.post0 setuptools wheel || {
    rm -rf "$cache/$folder/venv"
    fail "pip could not install pulumi==$PULUMI_VERSION"
  }
}

kubernetes_version="-X k8s.io/component-base/version.gitVersion=v$KUBERNETES_VERSION"

# kubernetes_tool BINARY TIME
kubernetes_tool() {
  command -v "$1" >/dev/null && return
  go_tool "$1-$KUBERNETES_VERSION" "$1" kubernetes "k8s.io/kubernetes/cmd/$1" "$kubernetes_version" "$2"
}

# The Kubernetes plugin, where the engine finds it on PATH. This is the last version that can be built from its Go module; the
# engine warns that @pulumi/kubernetes asks for a newer one, and works.
install_pulumi_kubernetes() {
  command -v pulumi-resource-kubernetes >/dev/null && return
  go_tool "pulumi-kubernetes-$PULUMI_KUBERNETES_VERSION-$PULUMI_KUBERNETES_BUILD" pulumi-resource-kubernetes plugin-kubernetes \
    github.com/pulumi/pulumi-kubernetes/cmd/pulumi-resource-kubernetes \
    "-X github.com/pulumi/pulumi-kubernetes/pkg/version.Version=v$PULUMI_KUBERNETES_VERSION" "about 3 minutes"
}

# download_deb PACKAGE FOLDER: the package's file, without installing it.
download_deb() { (cd "$2" && apt-get -qq -o APT::Sandbox::User=root download "$1" >/dev/null 2>&1); }

# deb_binaries PACKAGE BINARY ...: the binaries alone, out of Debian's package: installing the package would start a service.
# Nothing is done where the first of them is on PATH.
deb_binaries() {
  local package=$1 binary=$2
  shift
  command -v "$binary" >/dev/null && return
  local target=$cache/$package
  [ -x "$target/$binary" ] && return
  command -v apt-get >/dev/null || fail "$binary is missing and this is no Debian; install it with your package manager"
  locked
  [ -x "$target/$binary" ] && return
  say "unpacking $binary from Debian's package $package; a few seconds"
  rm -rf "$target.tmp"
  mkdir -p "$target.tmp/unpacked"
  if ! download_deb "$package" "$target.tmp"; then
    # The package lists are missing, or older than what the mirror has.
    [ "$(id -u)" = 0 ] || fail "apt cannot download $package; run: sudo apt-get update"
    apt-get -o DPkg::Lock::Timeout=300 -qq update
    download_deb "$package" "$target.tmp" || fail "apt cannot download $package; see: apt-get download $package"
  fi
  (cd "$target.tmp" && dpkg-deb --extract "$package"_*.deb unpacked && rm "$package"_*.deb)
  for binary in "$@"; do mv "$target.tmp/unpacked/usr/bin/$binary" "$target.tmp/$binary"; done
  rm -rf "$target" "$target.tmp/unpacked"
  mv "$target.tmp" "$target"
}

# An etcd that cannot report progress leaves the compared API server without bookmarks.
etcd_is_new_enough() {
  local version
  version=$(etcd --version 2>/dev/null | sed -n 's/^etcd Version: //p') || return 1
  [ -n "$version" ] && newer_or_same "$version" "$ETCD_MINIMUM"
}

install_etcd() {
  etcd_is_new_enough && return
  go_tool "etcd-$ETCD_VERSION" etcd etcd go.etcd.io/etcd/server/v3 "" "about half a minute"
}

install_docker_registry() { deb_binaries docker-registry docker-registry; }

# apt_packages FILE WHAT: installs the packages listed in FILE that are missing.
apt_packages() {
  local missing=() package
  while read -r package; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing+=("$package")
  done < <(grep -v '^#' "$1" | grep .)
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null || fail "$2 is missing and this is no Debian; install with your package manager what corresponds to: ${missing[*]}"
  [ "$(id -u)" = 0 ] || fail "$2 is missing; run: sudo apt-get install --no-install-recommends ${missing[*]}"
  say "installing $2 (${#missing[@]} packages: ${missing[*]}); about a minute"
  local log=$cache/apt.log
  mkdir -p "$cache"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get -o DPkg::Lock::Timeout=300 -qq update && apt-get -o DPkg::Lock::Timeout=300 -qq -y install --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 ||
    { tail -n 20 "$log" >&2; fail "apt-get could not install ${missing[*]} (log: $log)"; }
}

install_libvirt() { apt_packages "$here/packages-libvirt.txt" "libvirt and QEMU"; }
install_tests() { apt_packages "$here/packages-tests.txt" "what the tests look at things with"; }
install_images() { apt_packages "$here/packages-images.txt" "what container images are built with"; }
install_guest() { apt_packages "$here/../test/fixtures/guest/packages.txt" "what the demo guest is built with"; }

install_cluster() {
  apt_packages "$here/packages-cluster.txt" "what the test cluster's nodes run on"
  deb_binaries containerd containerd ctr containerd-shim-runc-v2
}

for what in "$@"; do
  case $what in
    node) install_node ;;
    pulumi) install_pulumi ;;
    python) install_python ;;
    pulumi-kubernetes) install_pulumi_kubernetes ;;
    kubectl) kubernetes_tool kubectl "about 3 minutes" ;;
    kube-apiserver) kubernetes_tool kube-apiserver "about 8 minutes" ;;
    kube-controller-manager | kube-scheduler | kubelet | kube-proxy) kubernetes_tool "$what" "about 3 minutes" ;;
    etcd) install_etcd ;;
    docker-registry) install_docker_registry ;;
    libvirt) install_libvirt ;;
    guest) install_guest ;;
    tests) install_tests ;;
    images) install_images ;;
    cluster) install_cluster ;;
    *) fail "unknown tool: $what" ;;
  esac
done
