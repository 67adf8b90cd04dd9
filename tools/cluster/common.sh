# What all scripts of the test cluster share: its names, addresses and folders, and how they speak. To be sourced.
#
# state holds what users of the cluster read (kubeconfigs, certificates, logs, process ids); data holds what may grow
# (images, containers, volumes). `down.sh` removes both.
state=${KUBEVIRT_CLUSTER_STATE:-${XDG_RUNTIME_DIR:-/run}/pulumi-kubevirt-cluster}
data=${KUBEVIRT_CLUSTER_DATA:-/var/lib/pulumi-kubevirt-cluster}

nodes=(node1 node2)
bridge=kvt0
host_address=10.50.0.1
pod_network=10.44.0.0/16
service_network=10.96.0.0/16
api_server=https://$host_address:6443

node_number() { printf '%s' "${1#node}"; }
node_address() { printf '10.50.0.1%s' "$(node_number "$1")"; }
node_pods() { printf '10.44.%s' "$(node_number "$1")"; }

say() { printf '==> %s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
is_node() { case " ${nodes[*]} " in *" $1 "*) ;; *) return 1 ;; esac; }

# wait_for SECONDS WHAT COMMAND ...: until the command succeeds; fails with what did not come about.
wait_for() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || fail "$what (logs: $state/log)"
    sleep 0.1
  done
}

# Every process of the cluster carries this variable; pods are known by their cgroup instead.
marker=PULUMI_KUBEVIRT_CLUSTER=$state

# Records are lists of what `down` must undo, written before the thing is done.
record() { mkdir -p "$state/undo"; grep -qxsF -- "$2" "$state/undo/$1" || printf '%s\n' "$2" >>"$state/undo/$1"; }
recorded() { cat "$state/undo/$1" 2>/dev/null || true; }

# launch NAME COMMAND ...: starts a process that outlives this script; its log is <state>/log/NAME.log. It gets a bare
# environment: a proxy of the caller's would be asked for the cluster's own addresses.
launch() {
  local name=$1
  shift
  mkdir -p "$state/log" "$state/pid"
  setsid env -i "$marker" "COMPONENT=$name" "PATH=$PATH" HOME=/root "$@" </dev/null >>"$state/log/$name.log" 2>&1 9>&- &
  echo $! >"$state/pid/$name"
  disown
}

# record_child NAME: the process that `launch` started has forked the one that matters, in another PID namespace.
record_child() {
  local child='' deadline=$((SECONDS + 10))
  until child=$(pgrep --parent "$(cat "$state/pid/$1")"); do
    [ "$SECONDS" -lt "$deadline" ] || fail "$1 did not start: $(tail -n 3 "$state/log/$1.log")"
    sleep 0.05
  done
  echo "$child" >"$state/pid/$1"
}

# The process id of a running component, by its record; fails if it does not run. A number that the kernel gave to another
# process is not taken for it.
pid_of() {
  local pid
  pid=$(cat "$state/pid/$1" 2>/dev/null) || return 1
  { tr '\0' '\n' <"/proc/$pid/environ"; } 2>/dev/null | grep -qxF "COMPONENT=$1" || return 1
  printf '%s' "$pid"
}

# enter_node NODE: sets `enter` to the words that run a command in the namespaces of that node.
enter_node() {
  local holder
  holder=$(pid_of "holder-$1") || fail "$1 is not up; run: tools/cluster/up.sh"
  enter=(nsenter --target "$holder" --net --mount --uts --pid --)
}

# detach_loop_device DEVICE: and those that kubelet put over it for pods. These are known by the inode of the device that they
# are over, since its name is gone with the node.
detach_loop_device() {
  local over
  over=$(stat --format '%i %Hd:%Ld' "$1")
  losetup --noheadings --list --output NAME,BACK-INO,BACK-MAJ:MIN |
    awk -v over="$over" '$2 " " $3 == over { print $1 }' | xargs --no-run-if-empty losetup --detach
  losetup --detach "$1"
}
