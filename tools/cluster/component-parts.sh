# The command lines of the cluster's components, and how one is started, stopped and killed. To be sourced.
#
# Names: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, registry, registry-login, and for every node
# containerd-NODE, kubelet-NODE, kube-proxy-NODE.
etcd_port=23790

# command_of NAME: sets `words` to its command line.
command_of() {
  local node=${1##*-}
  case $1 in
    etcd)
      words=(etcd --name=test "--data-dir=$data/etcd" --unsafe-no-fsync --log-level=warn
        "--listen-client-urls=http://127.0.0.1:$etcd_port" "--advertise-client-urls=http://127.0.0.1:$etcd_port"
        "--listen-peer-urls=http://127.0.0.1:$((etcd_port + 1))" "--initial-advertise-peer-urls=http://127.0.0.1:$((etcd_port + 1))"
        "--initial-cluster=test=http://127.0.0.1:$((etcd_port + 1))")
      ;;
    kube-apiserver)
      words=(kube-apiserver "--etcd-servers=http://127.0.0.1:$etcd_port"
        "--bind-address=$host_address" "--advertise-address=$host_address" --secure-port=6443
        "--tls-cert-file=$pki/apiserver.crt" "--tls-private-key-file=$pki/apiserver.key" "--client-ca-file=$pki/ca.crt"
        --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true
        "--service-cluster-ip-range=$service_network"
        --service-account-issuer=https://kubernetes.default.svc.cluster.local
        "--service-account-key-file=$pki/service-account.pub" "--service-account-signing-key-file=$pki/service-account.key"
        "--kubelet-certificate-authority=$pki/ca.crt" --kubelet-preferred-address-types=InternalIP
        "--kubelet-client-certificate=$pki/apiserver-kubelet-client.crt" "--kubelet-client-key=$pki/apiserver-kubelet-client.key"
        "--requestheader-client-ca-file=$pki/front-proxy-ca.crt" --requestheader-allowed-names=front-proxy-client
        --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group
        --requestheader-extra-headers-prefix=X-Remote-Extra- --enable-aggregator-routing=true
        "--proxy-client-cert-file=$pki/front-proxy-client.crt" "--proxy-client-key-file=$pki/front-proxy-client.key"
        "--audit-policy-file=$state/audit-policy.yaml" "--audit-log-path=$state/log/audit.log" --audit-log-maxsize=200)
      ;;
    kube-controller-manager)
      words=(kube-controller-manager "--kubeconfig=$pki/kube-controller-manager.kubeconfig" --bind-address=127.0.0.1
        --leader-elect=false --use-service-account-credentials=true "--root-ca-file=$pki/ca.crt"
        "--service-account-private-key-file=$pki/service-account.key"
        "--cluster-signing-cert-file=$pki/ca.crt" "--cluster-signing-key-file=$pki/ca.key")
      ;;
    kube-scheduler)
      words=(kube-scheduler "--kubeconfig=$pki/kube-scheduler.kubeconfig" --bind-address=127.0.0.1 --leader-elect=false)
      ;;
    registry) words=(docker-registry serve "$data/registry.yml") ;;
    registry-login) words=(docker-registry serve "$data/registry-login.yml") ;;
    containerd-*) words=(containerd --config=/etc/containerd/config.toml --log-level=info) ;;
    kubelet-*)
      words=(kubelet --config=/etc/kubernetes/kubelet.yaml --kubeconfig=/etc/kubernetes/kubelet.kubeconfig
        "--hostname-override=$node" "--node-ip=$(node_address "$node")")
      ;;
    kube-proxy-*) words=(kube-proxy --config=/etc/kubernetes/kube-proxy.yaml) ;;
    *) fail "there is no component $1; see: tools/cluster/component.sh list" ;;
  esac
}

component_names() {
  printf '%s\n' etcd kube-apiserver kube-controller-manager kube-scheduler registry registry-login
  local node
  for node in "${nodes[@]}"; do printf '%s\n' "containerd-$node" "kubelet-$node" "kube-proxy-$node"; done
}

start_component() {
  local name=$1 node=${1##*-} words enter
  pid_of "$name" >/dev/null && return
  command_of "$name"
  if is_node "$node"; then
    enter_node "$node"
    launch "$name" "${enter[@]}" "${words[@]}"
    record_child "$name"
  else
    launch "$name" "${words[@]}"
  fi
}

# end_component NAME SIGNAL: returns when the process is gone.
end_component() {
  local pid
  pid=$(pid_of "$1") || { say "$1 does not run"; return 0; }
  kill -s "$2" "$pid"
  wait_for 60 "$1 (process $pid) does not end on $2" test ! -d "/proc/$pid"
  rm -f "$state/pid/$1"
}

# Whether a component answers.
component_answers() {
  local node=${1##*-} enter
  case $1 in
    etcd) fetch "http://127.0.0.1:$etcd_port/health" | grep -q true ;;
    kube-apiserver) kubectl_admin get --raw /readyz ;;
    kube-controller-manager) fetch --insecure https://127.0.0.1:10257/healthz ;;
    kube-scheduler) fetch --insecure https://127.0.0.1:10259/healthz ;;
    registry) fetch "http://$host_address:5000/v2/" ;;
    registry-login) fetch --user tiny:tiny-secret "http://$host_address:5001/v2/" ;;
    *)
      enter_node "$node"
      case $1 in
        containerd-*) "${enter[@]}" ctr version ;;
        kubelet-*) fetch_in_node http://127.0.0.1:10248/healthz ;;
        kube-proxy-*) fetch_in_node http://127.0.0.1:10256/healthz ;;
      esac
      ;;
  esac
}
fetch() { curl --noproxy '*' --silent --fail --max-time 5 "$@"; }
fetch_in_node() { "${enter[@]}" curl --noproxy '*' --silent --fail --max-time 5 "$1"; }
kubectl_admin() { NO_PROXY=$host_address no_proxy=$host_address kubectl --kubeconfig "$state/admin.kubeconfig" "$@"; }
