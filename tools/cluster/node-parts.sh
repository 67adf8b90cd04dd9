# A node: its namespaces, folders, cgroups and the configuration of its containerd, kubelet and kube-proxy. To be sourced.

# What nodes have of their own in place of the host's. /etc/libvirt and /var/lib/libvirt start as copies of the host's.
private_folders=(
  /etc/cni /etc/containerd /etc/kubernetes /etc/libvirt
  /mnt/volumes
  /run/containerd /run/kubevirt /run/libvirt /run/netns
  /var/cache/libvirt /var/lib/cni /var/lib/containerd /var/lib/kubelet /var/lib/kubevirt /var/lib/libvirt
  /var/log/containers /var/log/libvirt /var/log/pods
)

make_private_folders() {
  local node=$1 folder target
  folder=$data/$node
  [ -e "$folder/private-folders" ] && return
  for target in "${private_folders[@]}"; do
    make_mount_point "$target"
    mkdir -p "$folder$target"
  done
  for target in /etc/libvirt /var/lib/libvirt; do cp --archive --one-file-system "$target/." "$folder$target/"; done
  chmod 755 "$data" "$folder"
  printf '%s\n' "${private_folders[@]}" >"$folder/private-folders"
}

# The folder on the host that a node's own is mounted over; the parents that it lacked are recorded too.
make_mount_point() {
  [ -d "$1" ] && return
  make_mount_point "$(dirname "$1")"
  record folders "$1"
  mkdir "$1"
}

hold_namespaces() {
  local node=$1
  pid_of "holder-$node" >/dev/null && return
  rm -f "$data/$node/held"
  # A machine that starts finds nothing in /run.
  find "$data/$node/run" -mindepth 2 -delete
  launch "holder-$node" unshare --net --uts --mount --pid --fork --mount-proc --propagation private \
    bash "$here/holder.sh" "$node" "$data/$node" "$data" "$state"
  record_child "holder-$node"
  wait_for 10 "the namespaces of $node did not come about" test -e "$data/$node/held"
  readlink "/proc/$(pid_of "holder-$node")/ns/mnt" >"$state/pid/$node.namespace"
}

# Where cgroups are mounted: one folder per hierarchy of version 1, or the only one of version 2, or both.
cgroup_hierarchies() { awk '$3 ~ /^cgroup2?$/ { print $2 }' /proc/mounts; }

make_cgroups() {
  local node=$1 hierarchy file
  while read -r hierarchy; do
    mkdir -p "$hierarchy/$node"
    for file in cpuset.cpus cpuset.mems; do
      # An empty cpuset takes no process; version 2 needs no copy.
      if [ -e "$hierarchy/$file" ] && ! grep -q . "$hierarchy/$node/$file"; then cat "$hierarchy/$file" >"$hierarchy/$node/$file"; fi
    done
  done < <(cgroup_hierarchies)
}

remove_cgroups() {
  local node=$1 hierarchy
  while read -r hierarchy; do
    [ ! -d "$hierarchy/$node" ] || find "$hierarchy/$node" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done < <(cgroup_hierarchies)
}

configure_containerd() {
  local node=$1 etc=$data/$1/etc port
  # Where root lacks CAP_SYS_RESOURCE (in a container, say), nobody may lower an oom_score_adj, and every pod would fail.
  cat >"$etc/containerd/config.toml" <<END
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$host_address:5000/pause:1"
  restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "/etc/cni/net.d"
[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "/etc/containerd/certs.d"
END
  for port in 5000 5001; do
    mkdir -p "$etc/containerd/certs.d/$host_address:$port"
    cat >"$etc/containerd/certs.d/$host_address:$port/hosts.toml" <<END
server = "http://$host_address:$port"
[host."http://$host_address:$port"]
  capabilities = ["pull", "resolve"]
END
  done
  mkdir -p "$etc/cni/net.d"
  cat >"$etc/cni/net.d/10-bridge.conflist" <<END
{
  "cniVersion": "0.4.0",
  "name": "pods",
  "plugins": [
    {
      "type": "bridge",
      "bridge": "cni0",
      "isGateway": true,
      "hairpinMode": true,
      "ipam": {
        "type": "host-local",
        "ranges": [[{ "subnet": "$(node_pods "$node").0/24" }]],
        "routes": [{ "dst": "0.0.0.0/0" }]
      }
    }
  ]
}
END
}

configure_kubelet() {
  local node=$1 etc=$data/$1/etc/kubernetes
  cp "$pki/ca.crt" "$etc/ca.crt"
  cp "$pki/kubelet-$node.crt" "$etc/kubelet.crt"
  install --mode=600 "$pki/kubelet-$node.key" "$etc/kubelet.key"
  new_kubeconfig "$etc/kubelet.kubeconfig" "kubelet-$node"
  new_kubeconfig "$etc/kube-proxy.kubeconfig" kube-proxy
  # A full disk is not the tests' subject: nothing is evicted, and no image is removed.
  cat >"$etc/kubelet.yaml" <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $(node_address "$node")
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: /etc/kubernetes/ca.crt}}
authorization: {mode: Webhook}
cgroupDriver: cgroupfs
cgroupRoot: /$node
clusterDomain: cluster.local
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
evictionHard: {memory.available: "0%", nodefs.available: "0%", nodefs.inodesFree: "0%", imagefs.available: "0%", imagefs.inodesFree: "0%"}
failCgroupV1: false
failSwapOn: false
imageGCHighThresholdPercent: 100
resolvConf: ""
tlsCertFile: /etc/kubernetes/kubelet.crt
tlsPrivateKeyFile: /etc/kubernetes/kubelet.key
END
  cat >"$etc/kube-proxy.yaml" <<END
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
clientConnection: {kubeconfig: /etc/kubernetes/kube-proxy.kubeconfig}
clusterCIDR: $pod_network
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
hostnameOverride: $node
END
}

# make_node NODE: everything but the start of its components.
make_node() {
  make_private_folders "$1"
  make_cgroups "$1"
  hold_namespaces "$1"
  connect_node "$1"
  configure_containerd "$1"
  configure_kubelet "$1"
}

# lose_power NODE: every process of the node ends at once.
lose_power() {
  local node=$1 pid
  pid=$(pid_of "holder-$node") || { say "$node is off"; return 0; }
  kill -KILL "$pid"
  wait_for 60 "the processes of $node do not end" test ! -d "/proc/$pid"
  remove_cgroups "$node"
}

node_is_ready() {
  [ "$(kubectl_admin get node "$1" --output 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')" = True ]
}
