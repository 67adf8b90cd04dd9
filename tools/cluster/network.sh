# The cluster's network on the host: a bridge, one pair of links per node, routes to pods and services. To be sourced.
#
# A node is cut off by node.sh.

# set_sysctl NAME VALUE: on the host; the old value is recorded.
set_sysctl() {
  local old
  old=$(sysctl -n "$1")
  [ "$old" = "$2" ] && return
  record sysctls "$1=$old"
  sysctl -qw "$1=$2"
}

# kubelet sets these itself, for the whole machine; they are recorded so that they can be set back.
record_kubelet_sysctls() {
  local name
  for name in vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops kernel.keys.root_maxkeys kernel.keys.root_maxbytes; do
    grep -q "^$name=" "$state/undo/sysctls" 2>/dev/null || record sysctls "$name=$(sysctl -n "$name")"
  done
}

accept_forwarding() {
  local direction
  for direction in --in-interface --out-interface; do
    iptables --wait --check FORWARD "$direction" "$bridge" --jump ACCEPT 2>/dev/null ||
      iptables --wait --insert FORWARD "$direction" "$bridge" --jump ACCEPT
  done
}

make_bridge() {
  set_sysctl net.ipv4.ip_forward 1
  record_kubelet_sysctls
  if ! ip link show "$bridge" >/dev/null 2>&1; then
    ip link add "$bridge" type bridge
    ip address add "$host_address/24" dev "$bridge"
    ip link set "$bridge" up
  fi
  accept_forwarding
}

# connect_node NODE: gives the node's namespace its address and routes, and the host the route to the node's pods. Services
# are reached from the host by way of the first node.
connect_node() {
  local node=$1 holder address other
  address=$(node_address "$node")
  holder=$(pid_of "holder-$node")
  ip link show "kvt-$node" >/dev/null 2>&1 && return
  ip link add "kvt-$node" type veth peer name eth0 netns "$holder"
  ip link set "kvt-$node" master "$bridge" up
  nsenter --target "$holder" --net bash -euc '
    ip link set lo up
    ip address add "$1/24" dev eth0
    ip link set eth0 up
    ip route add default via "$2"
    sysctl -qw net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1' - "$address" "$host_address"
  for other in "${nodes[@]}"; do
    [ "$other" = "$node" ] || nsenter --target "$holder" --net ip route add "$(node_pods "$other").0/24" via "$(node_address "$other")"
  done
  ip route replace "$(node_pods "$node").0/24" via "$address"
  [ "$node" != "${nodes[0]}" ] || ip route replace "$service_network" via "$address"
}

remove_network() {
  local node direction
  for node in "${nodes[@]}"; do ip link delete "kvt-$node" 2>/dev/null || true; done
  if ip link show "$bridge" >/dev/null 2>&1; then ip link delete "$bridge"; fi
  for direction in --in-interface --out-interface; do
    while iptables --wait --delete FORWARD "$direction" "$bridge" --jump ACCEPT 2>/dev/null; do :; done
  done
  local setting
  for setting in $(recorded sysctls); do sysctl -qw "$setting"; done
}
