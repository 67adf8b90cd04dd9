#!/bin/bash
# Starts and ends single components of the test cluster: component.sh ACTION NAME ...
#
#   list                    every component with its process id, or `stopped`
#   start NAME ...          nothing happens where it runs already
#   stop NAME ...           by TERM; returns when the process is gone
#   kill NAME ...           by KILL, as a crash would
#   restart NAME ...        kill and start; returns when the component answers
#   pid NAME                its process id
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/common.sh"
. "$here/component-parts.sh"
pki=$state/pki

start() {
  start_component "$1"
  wait_for 60 "$1 does not answer" component_answers "$1"
}

[ -d "$state" ] || fail "there is no cluster; run: tools/cluster/up.sh"
PATH=$("$here/../path.sh")
export PATH
action=${1:-}
shift || true
case $action in
  list) while read -r name; do printf '%-26s%s\n' "$name" "$(pid_of "$name" || echo stopped)"; done < <(component_names) ;;
  start) for name in "$@"; do start "$name"; done ;;
  stop) for name in "$@"; do end_component "$name" TERM; done ;;
  kill) for name in "$@"; do end_component "$name" KILL; done ;;
  restart) for name in "$@"; do end_component "$name" KILL; start "$name"; done ;;
  pid) pid_of "$1" || fail "$1 does not run" ;;
  *) fail "usage: component.sh list | start|stop|kill|restart|pid NAME ..." ;;
esac
