# The cluster's certificates and kubeconfigs, by openssl. To be sourced.
#
# Everything is in <state>/pki; two authorities: `ca` for servers and users, `front-proxy-ca` for aggregated API servers.
pki=$state/pki

new_authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=$1" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,digitalSignature \
    -keyout "$pki/$1.key" -out "$pki/$1.crt" 2>/dev/null
}

# new_certificate NAME AUTHORITY SUBJECT [SUBJECT-ALTERNATIVE-NAMES]
new_certificate() {
  local name=$1 authority=$2 subject=$3 names=${4:-}
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "$subject" \
    -keyout "$pki/$name.key" -out "$pki/$name.csr" 2>/dev/null
  openssl x509 -req -in "$pki/$name.csr" -CA "$pki/$authority.crt" -CAkey "$pki/$authority.key" -days 3650 \
    -set_serial "0x$(openssl rand -hex 8)" -out "$pki/$name.crt" 2>/dev/null -extfile <(
    printf '%s\n' basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature extendedKeyUsage=serverAuth,clientAuth
    [ -z "$names" ] || printf 'subjectAltName=%s\n' "$names"
  )
  rm "$pki/$name.csr"
}

# new_kubeconfig FILE CERTIFICATE: for the user whose certificate that is.
new_kubeconfig() {
  (
    umask 077
    cat >"$1" <<END
apiVersion: v1
kind: Config
clusters:
- name: test
  cluster: {server: "$api_server", certificate-authority-data: $(base64 --wrap=0 "$pki/ca.crt")}
users:
- name: $2
  user: {client-certificate-data: $(base64 --wrap=0 "$pki/$2.crt"), client-key-data: $(base64 --wrap=0 "$pki/$2.key")}
contexts:
- name: test
  context: {cluster: test, user: $2}
current-context: test
END
  )
}

make_pki() {
  [ -e "$pki/.complete" ] && return
  rm -rf "$pki"
  mkdir --parents --mode=700 "$pki"
  new_authority ca
  new_authority front-proxy-ca
  new_certificate apiserver ca /CN=kube-apiserver \
    "IP:$host_address,IP:127.0.0.1,IP:10.96.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local"
  new_certificate apiserver-kubelet-client ca /O=system:masters/CN=kube-apiserver-kubelet-client
  new_certificate front-proxy-client front-proxy-ca /CN=front-proxy-client
  new_certificate admin ca /O=system:masters/CN=admin
  new_certificate kube-controller-manager ca /CN=system:kube-controller-manager
  new_certificate kube-scheduler ca /CN=system:kube-scheduler
  new_certificate kube-proxy ca /CN=system:kube-proxy
  local node
  for node in "${nodes[@]}"; do
    new_certificate "kubelet-$node" ca "/O=system:nodes/CN=system:node:$node" "IP:$(node_address "$node"),DNS:$node"
  done
  openssl genrsa -out "$pki/service-account.key" 2048 2>/dev/null
  openssl rsa -in "$pki/service-account.key" -pubout -out "$pki/service-account.pub" 2>/dev/null
  new_kubeconfig "$state/admin.kubeconfig" admin
  new_kubeconfig "$pki/kube-controller-manager.kubeconfig" kube-controller-manager
  new_kubeconfig "$pki/kube-scheduler.kubeconfig" kube-scheduler
  touch "$pki/.complete"
}
