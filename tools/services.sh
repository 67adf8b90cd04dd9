#!/bin/bash
# Starts libvirt's daemons and its network `default` where they do not run, and undoes just that:
#
#   services.sh start FOLDER    what was started is written down in FOLDER
#   services.sh stop FOLDER     stops what FOLDER says, unless someone else's domains are there
set -euo pipefail
action=$1 record=$2/started-services

say() { printf '==> %s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
answers() { virsh --quiet --connect qemu:///system version >/dev/null 2>&1; }
active_networks() { virsh --quiet --connect qemu:///system net-list --name; }

# Whether the process whose id the daemon wrote down is still that daemon.
runs() { [ "$(cat "/proc/$(cat "/run/$1.pid" 2>/dev/null || echo none)/comm" 2>/dev/null)" = "$1" ]; }

started() { mkdir -p "$(dirname "$record")"; grep -qxs "$1" "$record" || echo "$1" >>"$record"; }

# Where no udev has done it: libvirt forgets what it knows of QEMU at every call, and asks it anew for most of a minute,
# while QEMU's user cannot open a /dev/kvm that is there.
open_kvm_device() {
  [ -e /dev/kvm ] && [ "$(id -u)" = 0 ] && getent group kvm >/dev/null || return 0
  [ "$(stat --format '%U:%G %a' /dev/kvm)" = "root:root 600" ] || return 0
  chgrp kvm /dev/kvm
  chmod 660 /dev/kvm
  started kvm-device
}

start() {
  open_kvm_device
  if ! answers; then
    [ "$(id -u)" = 0 ] || fail "libvirt does not answer; start libvirtd, and add yourself to the group libvirt: sudo usermod --append --groups libvirt $(id -un)"
    say "starting libvirt (its first start looks at QEMU for about 5 seconds)"
    if [ -d /run/systemd/system ]; then
      systemctl start virtlogd.service libvirtd.service
    else
      runs virtlogd || { virtlogd --daemon && started virtlogd; }
      runs libvirtd || { libvirtd --daemon && started libvirtd; }
    fi
    for _ in $(seq 100); do answers && break; sleep 0.2; done
    answers || fail "libvirt does not answer on qemu:///system; see what it says: libvirtd --verbose"
  fi
  virsh --quiet --connect qemu:///system net-info default >/dev/null 2>&1 ||
    { virsh --quiet --connect qemu:///system net-define /usr/share/libvirt/networks/default.xml >/dev/null && started net-definition; }
  case " $(active_networks | tr '\n' ' ')" in
    *" default "*) ;;
    *) say "starting libvirt's network default"; virsh --quiet --connect qemu:///system net-start default >/dev/null && started network ;;
  esac
}

end_daemon() {
  runs "$1" || return 0
  local pid
  pid=$(cat "/run/$1.pid")
  kill "$pid"
  for _ in $(seq 50); do [ -d "/proc/$pid" ] || return 0; sleep 0.1; done
}

stop() {
  [ -s "$record" ] || return 0
  if answers && [ -n "$(virsh --quiet --connect qemu:///system list --all --name | grep . || true)" ]; then
    say "leaving libvirt running: it has domains of others"
    return 0
  fi
  if answers && grep -qx network "$record"; then virsh --quiet --connect qemu:///system net-destroy default >/dev/null; fi
  if answers && grep -qx net-definition "$record"; then virsh --quiet --connect qemu:///system net-undefine default >/dev/null; fi
  if grep -qx libvirtd "$record"; then end_daemon libvirtd; fi
  if grep -qx virtlogd "$record"; then end_daemon virtlogd; fi
  if grep -qx kvm-device "$record"; then chmod 600 /dev/kvm && chgrp root /dev/kvm; fi
  rm -f "$record"
}

case $action in
  start) start ;;
  stop) stop ;;
  *) fail "usage: services.sh start|stop FOLDER" ;;
esac
